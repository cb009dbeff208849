//! The browser's interfaces: the only place that uses web-sys and js-sys. Everything else of the app asks here.

pub mod clipboard;
pub mod clock;
pub mod connections;
pub mod files;
pub mod http;
pub mod intl;
pub mod locks;
pub mod page;
pub mod ports;
mod single_records;
pub mod storage;
pub mod synchronization;
pub mod tabs;
