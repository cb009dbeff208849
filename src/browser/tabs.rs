//! Tabs of this browser telling each other about saves.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, MessageEvent};

const CHANNEL: &str = "couplet";

/// The connection to the other tabs. It lasts as long as the page.
#[derive(Debug, Clone)]
pub struct Tabs {
    channel: BroadcastChannel,
}

impl Tabs {
    /// Listens to the other tabs: `on_saved` gets the revision of each of their saves. Nothing when the browser has no
    /// such channel; saves are then still checked against the database.
    pub fn listen(on_saved: impl Fn(u64) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(CHANNEL).ok()?;
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(revision) = event.data().as_f64() {
                on_saved(revision as u64);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        listener.forget();
        Some(Tabs { channel })
    }

    /// Tells the other tabs of a save.
    pub fn announce(&self, revision: u64) {
        // A tab that is not told finds out when it saves.
        let _ = self.channel.post_message(&(revision as f64).into());
    }
}
