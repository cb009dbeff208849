//! Locks that all tabs of this browser share (Web Locks): one tab holds a name at a time, and when it dies the browser
//! gives the name to the next one. A small binding of our own, because web-sys keeps its own behind an unstable flag.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::oneshot;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// A name that this tab holds until it is dropped, or the tab dies.
#[derive(Debug)]
pub struct Lock {
    release: Function,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Resolving a promise cannot fail.
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// Why this tab does not hold a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoLock {
    /// Another tab holds it, or another run of this one.
    Held,
    /// The browser has no such locks, or refuses them.
    Unsupported,
}

/// The name that a run holds for its length, by a person or by the clock: one for the database, whose couplings belong to
/// one pair of systems. Whoever replaces or deletes what is kept holds it too.
pub const RUN: &str = "couplet-run";

/// The name that a run holds beside [`RUN`], for those who wait for its end: they never stand in the way of the next run
/// for longer than a look.
pub const LIFE: &str = "couplet-life";

/// Takes the name if it is free.
///
/// # Errors
/// When it is not, or the browser has no locks.
pub async fn take_if_free(name: &str) -> Result<Lock, NoLock> {
    request(name, Wait::No).await
}

/// Takes the name as soon as it is free: now, or when whoever holds it lets it go or dies.
///
/// # Errors
/// Only when the browser has no locks.
pub async fn take(name: &str) -> Result<Lock, NoLock> {
    request(name, Wait::Yes).await
}

/// Whether to wait for a name that somebody holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    Yes,
    No,
}

async fn request(name: &str, wait: Wait) -> Result<Lock, NoLock> {
    let (granted, answer) = oneshot::channel();
    let granted = Rc::new(RefCell::new(Some(granted)));
    let callback = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let Some(granted) = granted.take() else { return JsValue::UNDEFINED };
        if lock.is_null() {
            // Nobody may be waiting any more.
            let _ = granted.send(None);
            return JsValue::UNDEFINED;
        }
        let mut release = None;
        let held = Promise::new(&mut |resolve, _reject| release = Some(resolve));
        match granted.send(release.map(|release| Lock { release })) {
            Ok(()) => held.into(),
            // Given back at once.
            Err(_) => JsValue::UNDEFINED,
        }
    });
    let ended = ask(name, wait, &callback).map_err(|_| NoLock::Unsupported)?;
    // It ends when the name is let go; a refusal drops the callback, which the waiting below sees.
    spawn_local(async move {
        let _ = JsFuture::from(ended).await;
    });
    answer.await.map_err(|_| NoLock::Unsupported)?.ok_or(NoLock::Held)
}

fn ask(name: &str, wait: Wait, callback: &JsValue) -> Result<Promise, JsValue> {
    let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
    let locks = Reflect::get(&window.navigator(), &"locks".into())?;
    let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &(wait == Wait::No).into())?;
    request.call3(&locks, &name.into(), &options, callback)?.dyn_into()
}
