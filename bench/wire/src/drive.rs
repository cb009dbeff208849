//! Sends what writers want, as many requests at once as their common pace allows, and notes when each was sent. The way
//! the app does it, with threads in the place of promises.

use std::collections::VecDeque;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::Scope;

use anyhow::bail;
use couplet_engine::Side;
use couplet_systems::Response;
use couplet_systems::pace::{Pace, Permission};
use couplet_systems::write::{Answer, Ticket, Turn, Writer};
use jiff::Timestamp;

use crate::proxy::Proxy;
use crate::systems::now;

/// An answer on its way from the thread that waited for it: whose request it was, and none when it was lost.
type Answered = (usize, Ticket, Option<Response>);

/// What was sent.
#[derive(Default)]
pub(crate) struct Sent {
    /// When each request was sent.
    pub(crate) moments: Vec<Timestamp>,
    /// Answers 429.
    pub(crate) n_throttled: u64,
    /// Requests whose answer was lost.
    pub(crate) n_lost: u64,
}

/// Drives all writers to their end.
///
/// # Errors
/// When the clock fails or a writer asks for nothing and is not done.
pub(crate) fn drive(
    proxy: &Proxy,
    side: Side,
    writers: &mut [Writer],
    pace: &mut Pace,
) -> anyhow::Result<Sent> {
    let (answered, answers) = channel::<Answered>();
    let mut sent = Sent::default();
    let mut n_under_way = 0_u32;
    // Writers that may want to send; the others wait for an answer of their own.
    let mut ready: VecDeque<usize> = (0..writers.len()).collect();
    std::thread::scope(|scope| {
        loop {
            let mut pause = None;
            while let Some(idx) = ready.front().copied() {
                let Some(writer) = writers.get_mut(idx) else { bail!("no writer {idx}") };
                let moment = now()?;
                match writer.turn(pace, moment) {
                    Turn::Send { ticket, request } => {
                        sent.moments.push(moment);
                        n_under_way += 1;
                        spawn(scope, proxy, side, (idx, ticket, request), &answered);
                    }
                    Turn::Wait(time) => {
                        pause = Some(time);
                        break;
                    }
                    Turn::Done => _ = ready.pop_front(),
                    Turn::Answer if pace.ask(moment) == Permission::WhenAnswered => break,
                    Turn::Answer => _ = ready.pop_front(),
                }
            }
            let answer = match pause {
                Some(time) => answers.recv_timeout(time),
                None if n_under_way == 0 => return Ok(()),
                None => answers.recv().map_err(RecvTimeoutError::from),
            };
            let Ok((idx, ticket, response)) = answer else { continue };
            n_under_way -= 1;
            sent.n_lost += u64::from(response.is_none());
            sent.n_throttled += u64::from(response.as_ref().is_some_and(|it| it.status == 429));
            let Some(writer) = writers.get_mut(idx) else { bail!("no writer {idx}") };
            let answer = response.as_ref().map_or(Answer::Lost, Answer::Received);
            writer.answered(pace, ticket, answer, now()?);
            if ready.front() != Some(&idx) {
                ready.push_front(idx);
            }
        }
    })?;
    Ok(sent)
}

fn spawn<'scope>(
    scope: &'scope Scope<'scope, '_>,
    proxy: &'scope Proxy,
    side: Side,
    (idx, ticket, request): (usize, Ticket, couplet_systems::Request),
    answered: &Sender<Answered>,
) {
    let answered = answered.clone();
    scope.spawn(move || {
        // The receiver lives as long as this thread.
        let _ = answered.send((idx, ticket, proxy.send(side, &request).ok()));
    });
}
