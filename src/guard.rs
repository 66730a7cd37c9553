//! Contains panics: a front end or rule that panics on some input loses that input, named in a notice, and not the run.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What `work` gives, or the message it panicked with.
///
/// # Errors
/// When it panicked. Whatever it was changing is then in no known state and must be thrown away.
pub fn guard<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let outer = GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_string());
        text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
    })
}

/// Print no message for a panic that [`guard`] turns into a notice.
pub fn quiet_when_guarded() {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !GUARDED.get() {
            default(info);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::guard;

    #[test]
    fn a_panic_is_a_message() {
        assert_eq!(guard(|| 1), Ok(1));
        assert_eq!(guard(|| -> u8 { panic!("lost at {}", 3) }), Err("lost at 3".into()));
    }
}
