//! The Couplet console.
