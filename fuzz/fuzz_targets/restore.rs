//! Any bytes as the saved state of a replay guard, of revocations and of a time floor, unchanged
//! and with a correct frame. They must be restored exactly, or refused without a change.
#![no_main]

use embedded_jwt_fuzz::saved::{check_restore, frame};

libfuzzer_sys::fuzz_target!(|content: &[u8]| {
    check_restore(content);
    for kind in *b"RVF" {
        let framed = frame(kind, 1, content);
        check_restore(&framed);
        check_restore(&framed[..framed.len() - 1]);
        check_restore(&frame(kind, 2, content));
    }
});
