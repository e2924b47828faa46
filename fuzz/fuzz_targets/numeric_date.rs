//! Any numbers as `exp`, `nbf` and `iat`, at every second where the answer changes. They must be
//! compared as in exact decimal arithmetic. Input: one number a line.
#![no_main]

use embedded_jwt::Time;
use embedded_jwt_fuzz::check::check_roomy;
use embedded_jwt_fuzz::date::Date;
use embedded_jwt_fuzz::json::{Value, read};
use embedded_jwt_fuzz::rules::Rules;
use embedded_jwt_fuzz::sign::Algorithm::Hs256;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(input) = str::from_utf8(input) else { return };
    let numbers: Vec<&str> = input.lines().take(3).collect();
    let mut members = Vec::new();
    for (name, number) in ["exp", "nbf", "iat"].into_iter().zip(&numbers) {
        members.push(format!("\"{name}\":{number}"));
    }
    let token = Hs256.sign(br#"{"alg":"HS256"}"#, format!("{{{}}}", members.join(",")).as_bytes());
    let mut times = vec![0, u64::MAX];
    for number in numbers {
        let Some(Value::Number(number)) = read(number) else { continue };
        let seconds = Date::read(&number).seconds();
        times.extend((seconds - 1..=seconds + 1).filter_map(|seconds| u64::try_from(seconds).ok()));
    }
    for rules in ["no-exp", "lifetime=1 leeway=1", "no-exp no-future age=1"] {
        for time in &times {
            let rules = Rules { time: Time::Known(*time), ..Rules::read(rules.as_bytes()) };
            let _ = check_roomy(Hs256, &rules, &token);
        }
    }
});
