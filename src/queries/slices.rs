//! Long work on rows in memory, in slices: the page works between them, and work that is out of date ends with its
//! slice. What is worked out is the engine's.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::clock;

/// Work goes on for so long before the page may do something else. Half of a frame is left to it.
pub const SLICE_MS: f64 = 8.0;

/// A value that is worked out again whenever what it depends on changes.
///
/// `prepare` reads what it depends on, and gives none when there is nothing to work out. `step` is called with that until
/// it gives the value, which is then the signal's: at once when one slice is enough. Until then the value before stays.
pub fn in_slices<J: 'static, T: Send + Sync + 'static>(
    prepare: impl Fn() -> Option<J> + 'static,
    step: impl Fn(&J) -> Option<T> + 'static,
) -> ReadSignal<Option<T>> {
    let (value, set_value) = signal(None);
    let ticket = StoredValue::new(0_u64);
    let step = Rc::new(step);
    Effect::new(move |_| {
        ticket.update_value(|ticket| *ticket += 1);
        let Some(job) = prepare() else {
            set_value.set(None);
            return;
        };
        if let Some(result) = untrack(|| slice(|| step(&job))) {
            set_value.set(Some(result));
            return;
        }
        let (step, mine) = (step.clone(), ticket.get_value());
        spawn_local(async move {
            loop {
                clock::breathe().await;
                // A newer value is being worked out, or nobody is there any more.
                if ticket.try_get_value() != Some(mine) {
                    return;
                }
                if let Some(result) = untrack(|| slice(|| step(&job))) {
                    set_value.set(Some(result));
                    return;
                }
            }
        });
    });
    value
}

/// Calls `step` until it gives something, or until the slice is used up.
fn slice<T>(step: impl Fn() -> Option<T>) -> Option<T> {
    let start = clock::elapsed_ms();
    loop {
        let result = step();
        if result.is_some() || clock::elapsed_ms() - start > SLICE_MS {
            return result;
        }
    }
}
