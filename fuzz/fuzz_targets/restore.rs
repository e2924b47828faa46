//! Any bytes as what was saved of a replay guard, of revocations and of a time floor, as they are and
//! with the frame around them put right: restored to the byte, or refused without a trace.
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
