//! Reusable pieces of pages.

pub mod change_list;
pub mod combobox;
pub mod connection_pill;
pub mod count_link;
pub mod dialog;
pub mod notice;
pub mod number;
pub mod plural;
pub mod preferences;
pub mod reading_state;
pub mod run_notices;
pub mod run_pill;
pub mod segmented;
pub mod status;
pub mod storage_notice;
mod virtual_rows;
pub mod virtual_table;
