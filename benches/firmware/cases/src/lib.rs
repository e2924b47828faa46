//! The policy that the cases have in common.

#![no_std]

use embedded_jwt::{Policy, PolicyBuilder};

/// `iss`, `aud`, `exp`, `nbf` and a leeway.
pub const RULES: PolicyBuilder<'static> =
    Policy::builder().issuer(harness::ISSUER).audience(harness::AUDIENCE).leeway(60);

/// For a `const`: rules that contradict each other do not compile.
pub const fn policy(rules: PolicyBuilder<'static>) -> Policy<'static> {
    match rules.build() {
        Ok(policy) => policy,
        Err(error) => panic!("{}", error.as_str()),
    }
}
