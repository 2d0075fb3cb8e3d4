//! One sweep for every job that goes through candidates: bounded concurrency, on as many cores as there are.

use std::future::Future;

use tokio::task::JoinSet;

use crate::fault::Fault;

/// Runs `work` on every item, at most `limit` at once, and gives the results as they come.
///
/// After the first fault no new item is begun; what is under way is finished first, so that nothing is cut off
/// between two of its writes.
pub(crate) async fn each<T, R, F>(
    items: impl IntoIterator<Item = T>,
    limit: usize,
    work: impl Fn(T) -> F,
    mut done: impl FnMut(R),
) -> Result<(), Fault>
where
    R: Send + 'static,
    F: Future<Output = Result<R, Fault>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    let mut fault = None;
    let mut take = |joined: Option<Result<Result<R, Fault>, tokio::task::JoinError>>,
                    fault: &mut Option<Fault>| {
        match joined {
            Some(Ok(Ok(result))) => done(result),
            Some(Ok(Err(error))) => {
                fault.get_or_insert(error);
            }
            Some(Err(_)) => {
                fault.get_or_insert(Fault::Task);
            }
            None => {}
        }
    };
    for item in items {
        if tasks.len() >= limit.max(1) {
            take(tasks.join_next().await, &mut fault);
        }
        if fault.is_some() {
            break;
        }
        tasks.spawn(work(item));
    }
    while !tasks.is_empty() {
        take(tasks.join_next().await, &mut fault);
    }
    fault.map_or(Ok(()), Err)
}
