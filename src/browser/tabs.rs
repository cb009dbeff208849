//! Tabs of this browser telling each other what they changed, as short texts.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BroadcastChannel, MessageEvent};

/// The connection to the other tabs. It lasts as long as the page.
#[derive(Debug, Clone)]
pub struct Tabs {
    channel: BroadcastChannel,
}

impl Tabs {
    /// Listens to what the other tabs tell on the channel of this name. Nothing when the browser has no such channels;
    /// what is kept is then still checked against the database.
    pub fn listen(name: &str, on_told: impl Fn(&str) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                on_told(&text);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        listener.forget();
        Some(Tabs { channel })
    }

    /// Tells the other tabs.
    pub fn tell(&self, text: &str) {
        // A tab that is not told finds out when it saves.
        let _ = self.channel.post_message(&text.into());
    }
}
