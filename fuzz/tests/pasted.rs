//! What `paste.rs` prints for some seeds. Written by `PASTE=1 cargo test`.

#![allow(dead_code, unused_assignments, unused_imports, unused_mut, unused_variables)]

#[rustfmt::skip]
mod token_rfc7515_a1_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let verifier = JwsVerifier::new(&keys);
    let allowed = [Err(Error::BufferTooSmall { needed: 100 })];
    let mut buffer = vec![170; 0];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 0];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod token_rfc7515_a1_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Err(Error::BufferTooSmall { needed: 100 })];
    let mut buffer = vec![170; 0];
    let answer = verifier.verify(token, Time::Unknown, &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 0];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [23, 0, 109].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Unknown).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod token_rfc7515_a1_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let verifier = JwsVerifier::new(&keys);
    let allowed = [Err(Error::BufferTooSmall { needed: 100 })];
    let mut buffer = vec![170; 0];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 0];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod token_rfc7515_a1_3 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Err(Error::BufferTooSmall { needed: 100 })];
    let mut buffer = vec![170; 0];
    let answer = verifier.verify(token, Time::Unknown, &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 0];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [23, 0, 109].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Unknown).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod token_rfc7515_a1_4 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let keys = AnyKey::new(AnyAlgorithm::Hs384, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let verifier = JwsVerifier::new(&keys);
    let allowed = [Err(Error::BufferTooSmall { needed: 100 })];
    let mut buffer = vec![170; 0];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 0];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod policy_everything_at_once_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJpIiwic3ViIjoicyIsImF1ZCI6WyJiIiwiYSJdLCJqdGkiOiIiLCJ4IjpbMF0sImlhdCI6OTUwLCJuYmYiOjEwMDAsImV4cCI6MTEwMC41fQ.SXaj4MlkRs2p5XnRzhoBYWYXU9fnK4rwg1qDPvpIqJM";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let verifier = JwsVerifier::new(&keys).typ("JWT");
    let allowed = [Ok(("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned(), b"{\"iss\":\"i\",\"sub\":\"s\",\"aud\":[\"b\",\"a\"],\"jti\":\"\",\"x\":[0],\"iat\":950,\"nbf\":1000,\"exp\":1100.5}".to_vec()))];
    let mut buffer = vec![170; 199];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 226];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod policy_everything_at_once_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJpIiwic3ViIjoicyIsImF1ZCI6WyJiIiwiYSJdLCJqdGkiOiIiLCJ4IjpbMF0sImlhdCI6OTUwLCJuYmYiOjEwMDAsImV4cCI6MTEwMC41fQ.SXaj4MlkRs2p5XnRzhoBYWYXU9fnK4rwg1qDPvpIqJM";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .issuer("i")
        .subject("s")
        .audience("a")
        .typ("JWT")
        .required_claims(&["x", "jti"])
        .leeway(9)
        .maximum_depth(3)
        .maximum_age(90)
        .maximum_lifetime(200)
        .refuse_issued_in_future()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Ok(["{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned(), "{\"iss\":\"i\",\"sub\":\"s\",\"aud\":[\"b\",\"a\"],\"jti\":\"\",\"x\":[0],\"iat\":950,\"nbf\":1000,\"exp\":1100.5}".to_owned()])];
    let mut buffer = vec![170; 199];
    let answer = verifier.verify(token, Time::Known(1000), &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 226];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [52, 4, 62].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Known(1000)).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod policy_everything_at_once_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJpIiwic3ViIjoicyIsImF1ZCI6WyJiIiwiYSJdLCJqdGkiOiIiLCJ4IjpbMF0sImlhdCI6OTUwLCJuYmYiOjEwMDAsImV4cCI6MTEwMC41fQ.SXaj4MlkRs2p5XnRzhoBYWYXU9fnK4rwg1qDPvpIqJM";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let verifier = JwsVerifier::new(&keys).typ("JWT");
    let allowed = [Ok(("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned(), b"{\"iss\":\"i\",\"sub\":\"s\",\"aud\":[\"b\",\"a\"],\"jti\":\"\",\"x\":[0],\"iat\":950,\"nbf\":1000,\"exp\":1100.5}".to_vec()))];
    let mut buffer = vec![170; 199];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 226];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod policy_everything_at_once_3 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJpIiwic3ViIjoicyIsImF1ZCI6WyJiIiwiYSJdLCJqdGkiOiIiLCJ4IjpbMF0sImlhdCI6OTUwLCJuYmYiOjEwMDAsImV4cCI6MTEwMC41fQ.SXaj4MlkRs2p5XnRzhoBYWYXU9fnK4rwg1qDPvpIqJM";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .issuer("i")
        .subject("s")
        .audience("a")
        .typ("JWT")
        .required_claims(&["x", "jti"])
        .leeway(9)
        .maximum_depth(3)
        .maximum_age(90)
        .maximum_lifetime(200)
        .refuse_issued_in_future()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Ok(["{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned(), "{\"iss\":\"i\",\"sub\":\"s\",\"aud\":[\"b\",\"a\"],\"jti\":\"\",\"x\":[0],\"iat\":950,\"nbf\":1000,\"exp\":1100.5}".to_owned()])];
    let mut buffer = vec![170; 199];
    let answer = verifier.verify(token, Time::Known(1000), &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 226];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [52, 4, 62].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Known(1000)).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod policy_exp_within_the_leeway_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjk0MX0.tNPWpAFy0lz4hIzF9oXhlzo7heuxmWTQTuwSA849Z2Q";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let verifier = JwsVerifier::new(&keys);
    let allowed = [Ok(("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned(), b"{\"exp\":941}".to_vec()))];
    let mut buffer = vec![170; 96];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 123];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod policy_exp_within_the_leeway_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjk0MX0.tNPWpAFy0lz4hIzF9oXhlzo7heuxmWTQTuwSA849Z2Q";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(60)
        .maximum_depth(32)
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Ok(["{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned(), "{\"exp\":941}".to_owned()])];
    let mut buffer = vec![170; 96];
    let answer = verifier.verify(token, Time::Known(1000), &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 123];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [78, 3, 14].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Known(1000)).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod policy_exp_within_the_leeway_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjk0MX0.tNPWpAFy0lz4hIzF9oXhlzo7heuxmWTQTuwSA849Z2Q";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let verifier = JwsVerifier::new(&keys);
    let allowed = [Ok(("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned(), b"{\"exp\":941}".to_vec()))];
    let mut buffer = vec![170; 96];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 123];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod policy_exp_within_the_leeway_3 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjk0MX0.tNPWpAFy0lz4hIzF9oXhlzo7heuxmWTQTuwSA849Z2Q";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(60)
        .maximum_depth(32)
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Ok(["{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned(), "{\"exp\":941}".to_owned()])];
    let mut buffer = vec![170; 96];
    let answer = verifier.verify(token, Time::Known(1000), &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 123];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [78, 3, 14].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Known(1000)).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod key_set_accepted_one_of_a_name_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut keys = KeySet::<AnyKey, 3, 8>::new();
    assert_eq!(keys.add("", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs512, &[0; 64]).unwrap())), Ok(()));
    assert!(keys.key_ids().eq([Some("")]));
    assert_eq!(keys.add("", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &[0; 64]).unwrap())), Ok(()));
    assert!(keys.key_ids().eq([Some(""), Some("")]));
    assert_eq!(keys.add("", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &[0; 64]).unwrap())), Err(Error::DuplicateKeyId));
    assert!(keys.key_ids().eq([Some(""), Some("")]));
    assert_eq!(keys.add("", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &[0; 64]).unwrap())), Err(Error::DuplicateKeyId));
    assert!(keys.key_ids().eq([Some(""), Some("")]));
    assert_eq!(keys.add("", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &[0; 64]).unwrap())), Err(Error::DuplicateKeyId));
    assert!(keys.key_ids().eq([Some(""), Some("")]));
    assert_eq!(keys.add("", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &[0; 64]).unwrap())), Err(Error::DuplicateKeyId));
    assert!(keys.key_ids().eq([Some(""), Some("")]));
}
}

#[rustfmt::skip]
mod key_set_accepted_one_of_a_name_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzUxMiIsImtpZCI6IiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.Wn44xVsyWYeX2dtCwOFL-3QMYJNe8rYDRQDKJMwzlIpfHJhQQYfHqito5bjrpd_J_OQs5QhWmsKVFbvVr7Mniw";
    let mut keys = KeySet::<AnyKey, 3, 8>::new();
    keys.add("", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs512, &[0; 64]).unwrap())).unwrap();
    keys.add("", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &[0; 64]).unwrap())).unwrap();
    let verifier = JwsVerifier::new(&keys);
    let allowed = [Ok(("{\"alg\":\"HS512\",\"kid\":\"\"}".to_owned(), b"{\"exp\":2300.0,\"nbf\":1700.0,\"iat\":1800.0}".to_vec()))];
    let mut buffer = vec![170; 174];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 198];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod key_set_change_replace_ambiguous_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut keys = KeySet::<Key<Hs256>, 3, 8>::new();
    assert_eq!(keys.add("door-", KeyEntry::new(Key::<Hs256>::new(&[0; 64]).unwrap()).issuer("door-")), Ok(()));
    assert!(keys.key_ids().eq([Some("door-")]));
    assert_eq!(keys.add("door-", KeyEntry::new(Key::<Hs256>::new(&[0; 64]).unwrap()).issuer("JWT")), Ok(()));
    assert!(keys.key_ids().eq([Some("door-"), Some("door-")]));
    assert_eq!(keys.replace(KeyName::from("door-").algorithm(AnyAlgorithm::Hs256), KeyEntry::new(Key::<Hs256>::new(&[1; 64]).unwrap())), Err(Error::AmbiguousKeyId));
    assert!(keys.key_ids().eq([Some("door-"), Some("door-")]));
    assert_eq!(keys.add("", KeyEntry::new(Key::<Hs256>::new(&[0; 64]).unwrap())), Ok(()));
    assert!(keys.key_ids().eq([Some("door-"), Some("door-"), Some("")]));
    assert_eq!(keys.add("", KeyEntry::new(Key::<Hs256>::new(&[0; 64]).unwrap())), Err(Error::DuplicateKeyId));
    assert!(keys.key_ids().eq([Some("door-"), Some("door-"), Some("")]));
}
}

#[rustfmt::skip]
mod key_set_change_replace_ambiguous_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6ImRvb3ItIn0.eyJpc3MiOiJkb29yLSIsImV4cCI6MjMwMC4wLCJuYmYiOjE3MDAuMCwiaWF0IjoxODAwLjB9.MSuywQGpSVMQnLfYanOPmYS4r-QWBmPoJAPJ_eWMiGU";
    let mut keys = KeySet::<Key<Hs256>, 3, 8>::new();
    keys.add("door-", KeyEntry::new(Key::<Hs256>::new(&[0; 64]).unwrap()).issuer("door-")).unwrap();
    keys.add("door-", KeyEntry::new(Key::<Hs256>::new(&[0; 64]).unwrap()).issuer("JWT")).unwrap();
    keys.add("", KeyEntry::new(Key::<Hs256>::new(&[0; 64]).unwrap())).unwrap();
    let verifier = JwsVerifier::new(&keys);
    let allowed = [Err(Error::KeyOfAnotherIssuer)];
    let mut buffer = vec![170; 156];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
    assert_eq!(buffer[..83], [0; 83]);

    let mut buffer = vec![170; 185];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
    assert_eq!(buffer[..83], [0; 83]);
}
}

#[rustfmt::skip]
mod key_set_key_retired_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut keys = KeySet::<AnyKey, 3, 8>::new();
    assert_eq!(keys.add("JWT", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs384, &[0; 64]).unwrap()).retired_after(0)), Ok(()));
    assert!(keys.key_ids().eq([Some("JWT")]));
    assert_eq!(keys.add("", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &[0; 64]).unwrap())), Ok(()));
    assert!(keys.key_ids().eq([Some("JWT"), Some("")]));
}
}

#[rustfmt::skip]
mod key_set_key_retired_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzM4NCIsImtpZCI6IkpXVCJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.YOpIEtCZe1XEWclWRK-61JlXzwDOPE4EHrGrZuT11lsmeqb4UhOXfQcr0O8ddEL_";
    let mut keys = KeySet::<AnyKey, 3, 8>::new();
    keys.add("JWT", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs384, &[0; 64]).unwrap()).retired_after(0)).unwrap();
    keys.add("", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &[0; 64]).unwrap())).unwrap();
    let verifier = JwsVerifier::new(&keys);
    let allowed = [Err(Error::TimeUnknown)];
    let mut buffer = vec![170; 156];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
    assert_eq!(buffer[..67], [0; 67]);

    let mut buffer = vec![170; 183];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
    assert_eq!(buffer[..67], [0; 67]);
}
}

#[rustfmt::skip]
mod jwk_k6_one_too_many_among_others_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut text = b"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"a\",\"alg\":\"HS256\"},{\"kty\":\"EC\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"b\",\"alg\":\"HS256\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"c\",\"alg\":\"HS256\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"d\",\"alg\":\"HS256\"}]}".to_vec();
    let answer = <AnyKey>::from_jwk(&mut text, None).map(drop);
    let allowed = [Err(Error::MissingKeyType)];
    assert!(allowed.contains(&answer), "{answer:?}");
    assert!(text.iter().all(|&byte| byte == 0));
}
}

#[rustfmt::skip]
mod jwk_k6_one_too_many_among_others_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut text = b"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"a\",\"alg\":\"HS256\"},{\"kty\":\"EC\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"b\",\"alg\":\"HS256\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"c\",\"alg\":\"HS256\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"d\",\"alg\":\"HS256\"}]}".to_vec();
    let answer = <AnyKey>::from_jwk(&mut text, Some(AnyAlgorithm::Hs384)).map(drop);
    let allowed = [Err(Error::MissingKeyType)];
    assert!(allowed.contains(&answer), "{answer:?}");
    assert!(text.iter().all(|&byte| byte == 0));
}
}

#[rustfmt::skip]
mod jwk_k6_one_too_many_among_others_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut text = b"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"a\",\"alg\":\"HS256\"},{\"kty\":\"EC\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"b\",\"alg\":\"HS256\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"c\",\"alg\":\"HS256\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"d\",\"alg\":\"HS256\"}]}".to_vec();
    let answer = <Key<Hs256>>::from_jwk(&mut text, ).map(drop);
    let allowed = [Err(Error::MissingKeyType)];
    assert!(allowed.contains(&answer), "{answer:?}");
    assert!(text.iter().all(|&byte| byte == 0));
}
}

#[rustfmt::skip]
mod jwk_k6_one_too_many_among_others_3 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut text = b"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"a\",\"alg\":\"HS256\"},{\"kty\":\"EC\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"b\",\"alg\":\"HS256\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"c\",\"alg\":\"HS256\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"d\",\"alg\":\"HS256\"}]}".to_vec();
    let answer = <Key<Hs384>>::from_jwk(&mut text, ).map(drop);
    let allowed = [Err(Error::MissingKeyType)];
    assert!(allowed.contains(&answer), "{answer:?}");
    assert!(text.iter().all(|&byte| byte == 0));
}
}

#[rustfmt::skip]
mod jwk_k6_one_too_many_among_others_4 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut text = b"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"a\",\"alg\":\"HS256\"},{\"kty\":\"EC\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"b\",\"alg\":\"HS256\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"c\",\"alg\":\"HS256\"},{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw\",\"kid\":\"d\",\"alg\":\"HS256\"}]}".to_vec();
    let answer = <Key<Hs512>>::from_jwk(&mut text, ).map(drop);
    let allowed = [Err(Error::MissingKeyType)];
    assert!(allowed.contains(&answer), "{answer:?}");
    assert!(text.iter().all(|&byte| byte == 0));
}
}

#[rustfmt::skip]
mod jwk_rfc7515_a1_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut text = b"{\"kty\":\"oct\",\r\n \"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"\r\n}".to_vec();
    let answer = <AnyKey>::from_jwk(&mut text, None).map(drop);
    let allowed = [Err(Error::MissingAlgorithm)];
    assert!(allowed.contains(&answer), "{answer:?}");
    assert!(text.iter().all(|&byte| byte == 0));
}
}

#[rustfmt::skip]
mod jwk_rfc7515_a1_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut text = b"{\"kty\":\"oct\",\r\n \"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"\r\n}".to_vec();
    let answer = <AnyKey>::from_jwk(&mut text, Some(AnyAlgorithm::Hs384)).map(drop);
    let allowed = [Ok(())];
    assert!(allowed.contains(&answer), "{answer:?}");
    assert!(text.iter().all(|&byte| byte == 0));
}
}

#[rustfmt::skip]
mod jwk_rfc7515_a1_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut text = b"{\"kty\":\"oct\",\r\n \"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"\r\n}".to_vec();
    let answer = <Key<Hs256>>::from_jwk(&mut text, ).map(drop);
    let allowed = [Ok(())];
    assert!(allowed.contains(&answer), "{answer:?}");
    assert!(text.iter().all(|&byte| byte == 0));
}
}

#[rustfmt::skip]
mod jwk_rfc7515_a1_3 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut text = b"{\"kty\":\"oct\",\r\n \"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"\r\n}".to_vec();
    let answer = <Key<Hs384>>::from_jwk(&mut text, ).map(drop);
    let allowed = [Ok(())];
    assert!(allowed.contains(&answer), "{answer:?}");
    assert!(text.iter().all(|&byte| byte == 0));
}
}

#[rustfmt::skip]
mod jwk_rfc7515_a1_4 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut text = b"{\"kty\":\"oct\",\r\n \"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"\r\n}".to_vec();
    let answer = <Key<Hs512>>::from_jwk(&mut text, ).map(drop);
    let allowed = [Ok(())];
    assert!(allowed.contains(&answer), "{answer:?}");
    assert!(text.iter().all(|&byte| byte == 0));
}
}

#[rustfmt::skip]
mod stream_accepted_then_signature_mismatch_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let keys = Key::<Hs256>::new(&[0; 64]).unwrap();
    let verifier = JwsVerifier::new(&keys);
    let mut buffer = vec![170; 55];
    let mut streaming = verifier.stream(&mut buffer);

    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.rL4SJ646xQ0T2Zol_gTZ-76uKX-SbKTG4Q8HJhNrUoA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"r", b"L", b"4", b"S", b"J", b"6", b"4", b"6", b"x", b"Q", b"0", b"T", b"2", b"Z", b"o", b"l", b"_", b"g", b"T", b"Z", b"-", b"7", b"6", b"u", b"K", b"X", b"-", b"S", b"b", b"K", b"T", b"G", b"4", b"Q", b"8", b"H", b"J", b"h", b"N", b"r", b"U", b"o", b"A"];
    let mut length = 0;
    for piece in pieces {
        let was_refused = streaming.is_refused();
        length += piece.len();
        let is_too_long = length > MAX_TOKEN_LENGTH;
        let error = is_too_long.then_some(Error::TokenTooLong);
        assert_eq!(streaming.push(piece).err(), error);
        assert!(streaming.is_refused() || !was_refused && !is_too_long);
    }
    let is_refused = streaming.is_refused();
    let mut other = vec![170; 55];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(!is_refused || answer.is_err());
    assert_eq!(answer, whole);
    drop(streaming);
    let (token, rest) = buffer.split_at(55);
    assert_eq!(token, b"{\"alg\":\"HS256\"}{\"exp\":2300.0,\"nbf\":1700.0,\"iat\":1800.0}");
    assert_eq!(rest, b"");
}
}

#[rustfmt::skip]
mod stream_accepted_then_signature_mismatch_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let keys = Key::<Hs256>::new(&[0; 64]).unwrap();
    let verifier = JwsVerifier::new(&keys);
    let mut buffer = vec![170; 55];
    let mut streaming = verifier.stream(&mut buffer);

    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.rL4SJ646xQ0T2Zol_gTZ-76uKX-SbKTG4Q8HJhNrUoA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"r", b"L", b"4", b"S", b"J", b"6", b"4", b"6", b"x", b"Q", b"0", b"T", b"2", b"Z", b"o", b"l", b"_", b"g", b"T", b"Z", b"-", b"7", b"6", b"u", b"K", b"X", b"-", b"S", b"b", b"K", b"T", b"G", b"4", b"Q", b"8", b"H", b"J", b"h", b"N", b"r", b"U", b"o", b"A"];
    let mut length = 0;
    for piece in pieces {
        let was_refused = streaming.is_refused();
        length += piece.len();
        let is_too_long = length > MAX_TOKEN_LENGTH;
        let error = is_too_long.then_some(Error::TokenTooLong);
        assert_eq!(streaming.push(piece).err(), error);
        assert!(streaming.is_refused() || !was_refused && !is_too_long);
    }
    let is_refused = streaming.is_refused();
    let mut other = vec![170; 55];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(!is_refused || answer.is_err());
    assert_eq!(answer, whole);

    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsumlhdCI6MTgwMC4wfQ.rL4SJ646xQ0T2Zol_gTZ-76uKX-SbKTG4Q8HJhNrUoA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"u", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"r", b"L", b"4", b"S", b"J", b"6", b"4", b"6", b"x", b"Q", b"0", b"T", b"2", b"Z", b"o", b"l", b"_", b"g", b"T", b"Z", b"-", b"7", b"6", b"u", b"K", b"X", b"-", b"S", b"b", b"K", b"T", b"G", b"4", b"Q", b"8", b"H", b"J", b"h", b"N", b"r", b"U", b"o", b"A"];
    let mut length = 0;
    for piece in pieces {
        let was_refused = streaming.is_refused();
        length += piece.len();
        let is_too_long = length > MAX_TOKEN_LENGTH;
        let error = is_too_long.then_some(Error::TokenTooLong);
        assert_eq!(streaming.push(piece).err(), error);
        assert!(streaming.is_refused() || !was_refused && !is_too_long);
    }
    let is_refused = streaming.is_refused();
    let mut other = vec![170; 55];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(!is_refused || answer.is_err());
    assert_eq!(answer, whole);
    drop(streaming);
    let (token, rest) = buffer.split_at(55);
    assert_eq!(token, &[0; 55]);
    assert_eq!(rest, b"");
}
}

#[rustfmt::skip]
mod stream_open_set_accepted_three_times_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut keys = KeySet::<AnyKey, 3, 8>::new().allow_missing_key_id();
    keys.add("", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &[0; 64]).unwrap())).unwrap();
    let verifier = JwsVerifier::new(&keys);
    let mut buffer = vec![170; 131];
    let mut streaming = verifier.stream(&mut buffer);

    let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.aptm87kzaFDLrUVu_9pqEdF7i4ZJ6K6F3UDtgERfjNA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"I", b"s", b"I", b"m", b"t", b"p", b"Z", b"C", b"I", b"6", b"I", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"a", b"p", b"t", b"m", b"8", b"7", b"k", b"z", b"a", b"F", b"D", b"L", b"r", b"U", b"V", b"u", b"_", b"9", b"p", b"q", b"E", b"d", b"F", b"7", b"i", b"4", b"Z", b"J", b"6", b"K", b"6", b"F", b"3", b"U", b"D", b"t", b"g", b"E", b"R", b"f", b"j", b"N", b"A"];
    let mut length = 0;
    for piece in pieces {
        let was_refused = streaming.is_refused();
        length += piece.len();
        let is_too_long = length > MAX_TOKEN_LENGTH;
        let error = is_too_long.then_some(Error::TokenTooLong);
        assert_eq!(streaming.push(piece).err(), error);
        assert!(streaming.is_refused() || !was_refused && !is_too_long);
    }
    let is_refused = streaming.is_refused();
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(!is_refused || answer.is_err());
    assert_eq!(answer, whole);
    drop(streaming);
    let (token, rest) = buffer.split_at(64);
    assert_eq!(token, b"{\"alg\":\"HS256\",\"kid\":\"\"}{\"exp\":2300.0,\"nbf\":1700.0,\"iat\":1800.0}");
    assert_eq!(rest, &[170; 67]);
}
}

#[rustfmt::skip]
mod stream_open_set_accepted_three_times_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut keys = KeySet::<AnyKey, 3, 8>::new().allow_missing_key_id();
    keys.add("", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &[0; 64]).unwrap())).unwrap();
    let verifier = JwsVerifier::new(&keys);
    let mut buffer = vec![170; 131];
    let mut streaming = verifier.stream(&mut buffer);

    let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.aptm87kzaFDLrUVu_9pqEdF7i4ZJ6K6F3UDtgERfjNA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"I", b"s", b"I", b"m", b"t", b"p", b"Z", b"C", b"I", b"6", b"I", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"a", b"p", b"t", b"m", b"8", b"7", b"k", b"z", b"a", b"F", b"D", b"L", b"r", b"U", b"V", b"u", b"_", b"9", b"p", b"q", b"E", b"d", b"F", b"7", b"i", b"4", b"Z", b"J", b"6", b"K", b"6", b"F", b"3", b"U", b"D", b"t", b"g", b"E", b"R", b"f", b"j", b"N", b"A"];
    let mut length = 0;
    for piece in pieces {
        let was_refused = streaming.is_refused();
        length += piece.len();
        let is_too_long = length > MAX_TOKEN_LENGTH;
        let error = is_too_long.then_some(Error::TokenTooLong);
        assert_eq!(streaming.push(piece).err(), error);
        assert!(streaming.is_refused() || !was_refused && !is_too_long);
    }
    let is_refused = streaming.is_refused();
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(!is_refused || answer.is_err());
    assert!(answer == whole || matches!(answer, Err(Error::BufferTooSmall { .. })));

    let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.aptm87kzaFDLrUVu_9pqEdF7i4ZJ6K6F3UDtgERfjNA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"I", b"s", b"I", b"m", b"t", b"p", b"Z", b"C", b"I", b"6", b"I", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"a", b"p", b"t", b"m", b"8", b"7", b"k", b"z", b"a", b"F", b"D", b"L", b"r", b"U", b"V", b"u", b"_", b"9", b"p", b"q", b"E", b"d", b"F", b"7", b"i", b"4", b"Z", b"J", b"6", b"K", b"6", b"F", b"3", b"U", b"D", b"t", b"g", b"E", b"R", b"f", b"j", b"N", b"A"];
    let mut length = 0;
    for piece in pieces {
        let was_refused = streaming.is_refused();
        length += piece.len();
        let is_too_long = length > MAX_TOKEN_LENGTH;
        let error = is_too_long.then_some(Error::TokenTooLong);
        assert_eq!(streaming.push(piece).err(), error);
        assert!(streaming.is_refused() || !was_refused && !is_too_long);
    }
    let is_refused = streaming.is_refused();
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(!is_refused || answer.is_err());
    assert_eq!(answer, whole);
    drop(streaming);
    let (token, rest) = buffer.split_at(64);
    assert_eq!(token, b"{\"alg\":\"HS256\",\"kid\":\"\"}{\"exp\":2300.0,\"nbf\":1700.0,\"iat\":1800.0}");
    assert_eq!(rest, &[170; 67]);
}
}

#[rustfmt::skip]
mod stream_open_set_accepted_three_times_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut keys = KeySet::<AnyKey, 3, 8>::new().allow_missing_key_id();
    keys.add("", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &[0; 64]).unwrap())).unwrap();
    let verifier = JwsVerifier::new(&keys);
    let mut buffer = vec![170; 131];
    let mut streaming = verifier.stream(&mut buffer);

    let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.aptm87kzaFDLrUVu_9pqEdF7i4ZJ6K6F3UDtgERfjNA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"I", b"s", b"I", b"m", b"t", b"p", b"Z", b"C", b"I", b"6", b"I", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"a", b"p", b"t", b"m", b"8", b"7", b"k", b"z", b"a", b"F", b"D", b"L", b"r", b"U", b"V", b"u", b"_", b"9", b"p", b"q", b"E", b"d", b"F", b"7", b"i", b"4", b"Z", b"J", b"6", b"K", b"6", b"F", b"3", b"U", b"D", b"t", b"g", b"E", b"R", b"f", b"j", b"N", b"A"];
    let mut length = 0;
    for piece in pieces {
        let was_refused = streaming.is_refused();
        length += piece.len();
        let is_too_long = length > MAX_TOKEN_LENGTH;
        let error = is_too_long.then_some(Error::TokenTooLong);
        assert_eq!(streaming.push(piece).err(), error);
        assert!(streaming.is_refused() || !was_refused && !is_too_long);
    }
    let is_refused = streaming.is_refused();
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(!is_refused || answer.is_err());
    assert!(answer == whole || matches!(answer, Err(Error::BufferTooSmall { .. })));

    let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.aptm87kzaFDLrUVu_9pqEdF7i4ZJ6K6F3UDtgERfjNA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"I", b"s", b"I", b"m", b"t", b"p", b"Z", b"C", b"I", b"6", b"I", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"a", b"p", b"t", b"m", b"8", b"7", b"k", b"z", b"a", b"F", b"D", b"L", b"r", b"U", b"V", b"u", b"_", b"9", b"p", b"q", b"E", b"d", b"F", b"7", b"i", b"4", b"Z", b"J", b"6", b"K", b"6", b"F", b"3", b"U", b"D", b"t", b"g", b"E", b"R", b"f", b"j", b"N", b"A"];
    let mut length = 0;
    for piece in pieces {
        let was_refused = streaming.is_refused();
        length += piece.len();
        let is_too_long = length > MAX_TOKEN_LENGTH;
        let error = is_too_long.then_some(Error::TokenTooLong);
        assert_eq!(streaming.push(piece).err(), error);
        assert!(streaming.is_refused() || !was_refused && !is_too_long);
    }
    let is_refused = streaming.is_refused();
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(!is_refused || answer.is_err());
    assert!(answer == whole || matches!(answer, Err(Error::BufferTooSmall { .. })));

    let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.aptm87kzaFDLrUVu_9pqEdF7i4ZJ6K6F3UDtgERfjNA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"I", b"s", b"I", b"m", b"t", b"p", b"Z", b"C", b"I", b"6", b"I", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"a", b"p", b"t", b"m", b"8", b"7", b"k", b"z", b"a", b"F", b"D", b"L", b"r", b"U", b"V", b"u", b"_", b"9", b"p", b"q", b"E", b"d", b"F", b"7", b"i", b"4", b"Z", b"J", b"6", b"K", b"6", b"F", b"3", b"U", b"D", b"t", b"g", b"E", b"R", b"f", b"j", b"N", b"A"];
    let mut length = 0;
    for piece in pieces {
        let was_refused = streaming.is_refused();
        length += piece.len();
        let is_too_long = length > MAX_TOKEN_LENGTH;
        let error = is_too_long.then_some(Error::TokenTooLong);
        assert_eq!(streaming.push(piece).err(), error);
        assert!(streaming.is_refused() || !was_refused && !is_too_long);
    }
    let is_refused = streaming.is_refused();
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(!is_refused || answer.is_err());
    assert_eq!(answer, whole);
    drop(streaming);
    let (token, rest) = buffer.split_at(64);
    assert_eq!(token, b"{\"alg\":\"HS256\",\"kid\":\"\"}{\"exp\":2300.0,\"nbf\":1700.0,\"iat\":1800.0}");
    assert_eq!(rest, &[170; 67]);
}
}

#[rustfmt::skip]
mod stream_accepted_then_dropped_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let keys = AnyKey::new(AnyAlgorithm::Hs256, &[0; 64]).unwrap();
    let verifier = JwsVerifier::new(&keys);
    let mut buffer = vec![170; 119];
    let mut streaming = verifier.stream(&mut buffer);

    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.rL4SJ646xQ0T2Zol_gTZ-76uKX-SbKTG4Q8HJhNrUoA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"r", b"L", b"4", b"S", b"J", b"6", b"4", b"6", b"x", b"Q", b"0", b"T", b"2", b"Z", b"o", b"l", b"_", b"g", b"T", b"Z", b"-", b"7", b"6", b"u", b"K", b"X", b"-", b"S", b"b", b"K", b"T", b"G", b"4", b"Q", b"8", b"H", b"J", b"h", b"N", b"r", b"U", b"o", b"A"];
    let mut length = 0;
    for piece in pieces {
        let was_refused = streaming.is_refused();
        length += piece.len();
        let is_too_long = length > MAX_TOKEN_LENGTH;
        let error = is_too_long.then_some(Error::TokenTooLong);
        assert_eq!(streaming.push(piece).err(), error);
        assert!(streaming.is_refused() || !was_refused && !is_too_long);
    }
    let is_refused = streaming.is_refused();
    let mut other = vec![170; 119];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(!is_refused || answer.is_err());
    assert_eq!(answer, whole);
    drop(streaming);
    let (token, rest) = buffer.split_at(55);
    assert_eq!(token, b"{\"alg\":\"HS256\"}{\"exp\":2300.0,\"nbf\":1700.0,\"iat\":1800.0}");
    assert_eq!(rest, &[170; 64]);
}
}

#[rustfmt::skip]
mod stream_accepted_then_dropped_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let keys = AnyKey::new(AnyAlgorithm::Hs256, &[0; 64]).unwrap();
    let verifier = JwsVerifier::new(&keys);
    let mut buffer = vec![170; 119];
    let mut streaming = verifier.stream(&mut buffer);

    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.rL4SJ646xQ0T2Zol_gTZ-76uKX-SbKTG4Q8HJhNrUoA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"r", b"L", b"4", b"S", b"J", b"6", b"4", b"6", b"x", b"Q", b"0", b"T", b"2", b"Z", b"o", b"l", b"_", b"g", b"T", b"Z", b"-", b"7", b"6", b"u", b"K", b"X", b"-", b"S", b"b", b"K", b"T", b"G", b"4", b"Q", b"8", b"H", b"J", b"h", b"N", b"r", b"U", b"o", b"A"];
    let mut length = 0;
    for piece in pieces {
        let was_refused = streaming.is_refused();
        length += piece.len();
        let is_too_long = length > MAX_TOKEN_LENGTH;
        let error = is_too_long.then_some(Error::TokenTooLong);
        assert_eq!(streaming.push(piece).err(), error);
        assert!(streaming.is_refused() || !was_refused && !is_too_long);
    }
    let is_refused = streaming.is_refused();
    let mut other = vec![170; 119];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(!is_refused || answer.is_err());
    assert_eq!(answer, whole);

    let pieces: &[&[u8]] = &[];
    let mut length = 0;
    for piece in pieces {
        let was_refused = streaming.is_refused();
        length += piece.len();
        let is_too_long = length > MAX_TOKEN_LENGTH;
        let error = is_too_long.then_some(Error::TokenTooLong);
        assert_eq!(streaming.push(piece).err(), error);
        assert!(streaming.is_refused() || !was_refused && !is_too_long);
    }
    let is_refused = streaming.is_refused();
    drop(streaming);
    streaming = verifier.stream(&mut buffer);
    drop(streaming);
    let (token, rest) = buffer.split_at(0);
    let before: &[u8] = b"";
    let mut pairs = token.iter().zip(before);
    assert!(pairs.all(|(byte, before)| byte == before || *byte == 0));
    assert_eq!(rest, b"{\"alg\":\"HS256\"}{\"exp\":2300.0,\"nbf\":1700.0,\"iat\":1800.0}\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa");
}
}

#[rustfmt::skip]
mod replay_replay_guard_full_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    fn saved(save: impl FnOnce(&mut [u8]) -> usize) -> Vec<u8> {
        let mut memory = [0; 200];
        let length = save(&mut memory);
        memory[..length].to_vec()
    }

    let mut guard = ReplayGuard::<1>::new(WhenFull::EvictFirstToExpire);
    let mut revocations = Revocations::<2>::new();
    let mut floor = TimeFloor::new(980, 5);
    let mut saves: Vec<[Vec<u8>; 3]> = Vec::new();
    saves.push([
        saved(|memory| guard.save(memory).unwrap().len()),
        saved(|memory| revocations.save(memory).unwrap().len()),
        floor.to_bytes().to_vec(),
    ]);

    // {}
    let token = b"eyJhbGciOiJIUzI1NiJ9.e30.kV_0TaAytE8UYEw3uFsmhDVFEgvnO6S_dA8UnWQoxmU";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_missing_jwt_id()
        .allow_mistyped_registered_claims()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(keys, policy);
    let mut buffer = vec![0; token.len()];
    let answer = verifier
        .verify_with(token, Time::Unknown, &revocations, &mut guard, &mut buffer)
        .map(|token| floor.raise(&token));
    let allowed = [Ok(false)];
    assert!(allowed.contains(&answer), "{answer:?}");
    assert_eq!(revocations.revoke_jwt_id("a", 1000), Ok(()));

    let counted = (guard.len(), revocations.len(), floor.seconds());
    assert_eq!(counted, (1, 1, 980));
    let state = saved(|memory| guard.save(memory).unwrap().len());
    let number = |bytes: &[u8]| i64::from_be_bytes(bytes.try_into().unwrap());
    assert_eq!(number(&state[2..10]), -9223372036854775808, "the latest that was forgotten");
    let records = state[10..state.len() - 8].chunks(24);
    let mut expirations: Vec<_> = records.map(|record| number(&record[16..])).collect();
    expirations.sort();
    assert_eq!(expirations, [9223372036854775807] as [i64; 1]);
    for now in [0, floor.seconds() - 1, floor.seconds(), floor.seconds() + 1, u64::MAX] {
        let at_least = Time::AtLeast(now.max(floor.seconds()));
        let known = if now < floor.seconds() { at_least } else { Time::Known(now) };
        assert_eq!(floor.with_clock(Time::Known(now)), known);
        assert_eq!(floor.with_clock(Time::AtLeast(now)), at_least);
    }
    assert_eq!(floor.with_clock(Time::Unknown), Time::AtLeast(floor.seconds()));
}
}

#[rustfmt::skip]
mod replay_revoked_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    fn saved(save: impl FnOnce(&mut [u8]) -> usize) -> Vec<u8> {
        let mut memory = [0; 200];
        let length = save(&mut memory);
        memory[..length].to_vec()
    }

    let mut guard = ReplayGuard::<1>::new(WhenFull::EvictFirstToExpire);
    let mut revocations = Revocations::<2>::new();
    let mut floor = TimeFloor::new(980, 5);
    let mut saves: Vec<[Vec<u8>; 3]> = Vec::new();
    saves.push([
        saved(|memory| guard.save(memory).unwrap().len()),
        saved(|memory| revocations.save(memory).unwrap().len()),
        floor.to_bytes().to_vec(),
    ]);
    assert_eq!(revocations.revoke_jwt_id("a", 1000), Ok(()));

    // {"nbf":990}
    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJuYmYiOjk5MH0.3yB6Or7NS8lysbJGvAUeTtTMFyJcWHOBYRfNPPKyZ7U";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_missing_jwt_id()
        .allow_mistyped_registered_claims()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(keys, policy);
    let mut buffer = vec![0; token.len()];
    let answer = verifier
        .verify_with(token, Time::Unknown, &revocations, &mut guard, &mut buffer)
        .map(|token| floor.raise(&token));
    let allowed = [Ok(false)];
    assert!(allowed.contains(&answer), "{answer:?}");

    let counted = (guard.len(), revocations.len(), floor.seconds());
    assert_eq!(counted, (1, 1, 980));
    let state = saved(|memory| guard.save(memory).unwrap().len());
    let number = |bytes: &[u8]| i64::from_be_bytes(bytes.try_into().unwrap());
    assert_eq!(number(&state[2..10]), -9223372036854775808, "the latest that was forgotten");
    let records = state[10..state.len() - 8].chunks(24);
    let mut expirations: Vec<_> = records.map(|record| number(&record[16..])).collect();
    expirations.sort();
    assert_eq!(expirations, [9223372036854775807] as [i64; 1]);
    for now in [0, floor.seconds() - 1, floor.seconds(), floor.seconds() + 1, u64::MAX] {
        let at_least = Time::AtLeast(now.max(floor.seconds()));
        let known = if now < floor.seconds() { at_least } else { Time::Known(now) };
        assert_eq!(floor.with_clock(Time::Known(now)), known);
        assert_eq!(floor.with_clock(Time::AtLeast(now)), at_least);
    }
    assert_eq!(floor.with_clock(Time::Unknown), Time::AtLeast(floor.seconds()));
}
}

#[rustfmt::skip]
mod restore_two_tokens_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut state = ReplayGuard::<2>::new(WhenFull::EvictFirstToExpire);
    state.restore(b"R\x01\x80\x00\x00\x00\x00\x00\x00\x00\xe1U&\xb5\'\xb8\xb2^").unwrap();
    assert_eq!(state.restore(b"\x00\x00\x00\x00\x00\x00\x03\xe8\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00\x00\x07\xd0\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x7f\xff\xff\xff\xff\xff\xff\xff"), Err(Error::InvalidSavedState));
}
}

#[rustfmt::skip]
mod restore_two_tokens_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut state = Revocations::<2>::new();
    state.restore(b"V\x01\x80\x00\x00\x00\x00\x00\x00\x00y\x9e\xdd\x8a\xd4$#\x1d").unwrap();
    assert_eq!(state.restore(b"\x00\x00\x00\x00\x00\x00\x03\xe8\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00\x00\x07\xd0\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x7f\xff\xff\xff\xff\xff\xff\xff"), Err(Error::InvalidSavedState));
}
}

#[rustfmt::skip]
mod restore_two_tokens_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut state = ReplayGuard::<2>::new(WhenFull::EvictFirstToExpire);
    state.restore(b"R\x01\x80\x00\x00\x00\x00\x00\x00\x00\xe1U&\xb5\'\xb8\xb2^").unwrap();
    assert_eq!(state.restore(b"R\x01\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\xe76\xa9vu\x01\xbf{"), Ok(()));
}
}

#[rustfmt::skip]
mod restore_two_tokens_3 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut state = ReplayGuard::<2>::new(WhenFull::EvictFirstToExpire);
    state.restore(b"R\x01\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\xe76\xa9vu\x01\xbf{").unwrap();
    assert_eq!(state.restore(b"\x00\x00\x00\x00\x00\x00\x03\xe8\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00\x00\x07\xd0\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x7f\xff\xff\xff\xff\xff\xff\xff"), Err(Error::InvalidSavedState));
}
}

#[rustfmt::skip]
mod restore_two_tokens_4 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let mut state = Revocations::<2>::new();
    state.restore(b"V\x01\x80\x00\x00\x00\x00\x00\x00\x00y\x9e\xdd\x8a\xd4$#\x1d").unwrap();
    assert_eq!(state.restore(b"V\x01\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\xb8j\xfcq\x97\xed`\x85"), Ok(()));
}
}

#[rustfmt::skip]
mod reading_whole_struct_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    pub use std::borrow::Cow;
    pub use std::collections::BTreeMap;

    pub use heapless::{LinearMap, String as Text, Vec as List};
    use serde::Deserialize;

    /// A struct into which users may read a claims set.
    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Whole<'a> {
        iss: Option<&'a str>,
        sub: Option<Text<8>>,
        exp: Option<u64>,
        a: Option<Inner<'a>>,
        b: Option<List<u8, 3>>,
        #[serde(rename = "A\"")]
        quoted: Option<bool>,
        #[serde(default)]
        door: i16,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Inner<'a> {
        x: &'a str,
        y: Option<Choice>,
    }

    #[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
    pub enum Choice {
        One,
        Two(u8),
        Three(u8, bool),
        Four { z: Text<4> },
    }
    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLCJzdWIiOiJhXCJiIiwiZXhwIjoxMzAwODE5MzgwLCJhIjp7IngiOiJ4IiwieSI6eyJUd28iOjJ9fSwiYiI6WzEsMl0sIkFcIiI6dHJ1ZSwiZG9vciI6LTcsIm90aGVyIjoiXFwifQ.MXvDH2zIGS436jfFS7GuYNe7RH6j__Mua7cTqhNkfXw";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let mut buffer = vec![0; 219];
    let mut scratch = vec![0; 115];
    let verifier = Verifier::new(&keys, policy);
    let token = verifier.verify(token, Time::Unknown, &mut buffer).unwrap();
    let answer = token.claims().read_with_scratch::<Whole>(&mut scratch);
    let answer = format!("{answer:?}");
    let allowed = ["Err(UnreadableValue { position: 0 })", "Err(UnreadableValue { position: 75 })", "Ok(Whole { iss: Some(\"joe\"), sub: Some(\"a\\\"b\"), exp: Some(1300819380), a: Some(Inner { x: \"x\", y: Some(Two(2)) }), b: Some([1, 2]), quoted: Some(true), door: -7 })"];
    assert!(allowed.iter().any(|allowed| answer.starts_with(allowed)), "{answer}");
}
}

#[rustfmt::skip]
mod reading_whole_struct_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    pub use std::borrow::Cow;
    pub use std::collections::BTreeMap;

    pub use heapless::{LinearMap, String as Text, Vec as List};
    use serde::Deserialize;

    /// A struct into which users may read a claims set.
    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Whole<'a> {
        iss: Option<&'a str>,
        sub: Option<Text<8>>,
        exp: Option<u64>,
        a: Option<Inner<'a>>,
        b: Option<List<u8, 3>>,
        #[serde(rename = "A\"")]
        quoted: Option<bool>,
        #[serde(default)]
        door: i16,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Inner<'a> {
        x: &'a str,
        y: Option<Choice>,
    }

    #[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
    pub enum Choice {
        One,
        Two(u8),
        Three(u8, bool),
        Four { z: Text<4> },
    }
    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLCJzdWIiOiJhXCJiIiwiZXhwIjoxMzAwODE5MzgwLCJhIjp7IngiOiJ4IiwieSI6eyJUd28iOjJ9fSwiYiI6WzEsMl0sIkFcIiI6dHJ1ZSwiZG9vciI6LTcsIm90aGVyIjoiXFwifQ.MXvDH2zIGS436jfFS7GuYNe7RH6j__Mua7cTqhNkfXw";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let mut buffer = vec![0; 219];
    let verifier = Verifier::new(&keys, policy);
    let token = verifier.verify(token, Time::Unknown, &mut buffer).unwrap();
    let answer = token.claims().read::<Whole>();
    let answer = format!("{answer:?}");
    let allowed = ["Err(UnreadableValue { position: 0 })", "Err(UnreadableValue { position: 75 })", "Ok(Whole { iss: Some(\"joe\"), sub: Some(\"a\\\"b\"), exp: Some(1300819380), a: Some(Inner { x: \"x\", y: Some(Two(2)) }), b: Some([1, 2]), quoted: Some(true), door: -7 })"];
    assert!(allowed.iter().any(|allowed| answer.starts_with(allowed)), "{answer}");
}
}

#[rustfmt::skip]
mod reading_whole_struct_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    pub use std::borrow::Cow;
    pub use std::collections::BTreeMap;

    pub use heapless::{LinearMap, String as Text, Vec as List};
    use serde::Deserialize;

    /// A struct into which users may read a claims set.
    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Whole<'a> {
        iss: Option<&'a str>,
        sub: Option<Text<8>>,
        exp: Option<u64>,
        a: Option<Inner<'a>>,
        b: Option<List<u8, 3>>,
        #[serde(rename = "A\"")]
        quoted: Option<bool>,
        #[serde(default)]
        door: i16,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Inner<'a> {
        x: &'a str,
        y: Option<Choice>,
    }

    #[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
    pub enum Choice {
        One,
        Two(u8),
        Three(u8, bool),
        Four { z: Text<4> },
    }

    #[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
    pub struct Wrapper<T>(T);
    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLCJzdWIiOiJhXCJiIiwiZXhwIjoxMzAwODE5MzgwLCJhIjp7IngiOiJ4IiwieSI6eyJUd28iOjJ9fSwiYiI6WzEsMl0sIkFcIiI6dHJ1ZSwiZG9vciI6LTcsIm90aGVyIjoiXFwifQ.MXvDH2zIGS436jfFS7GuYNe7RH6j__Mua7cTqhNkfXw";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let mut buffer = vec![0; 219];
    let mut scratch = vec![0; 115];
    let verifier = Verifier::new(&keys, policy);
    let token = verifier.verify(token, Time::Unknown, &mut buffer).unwrap();
    let answer = token.claims().read_with_scratch::<Wrapper<Whole>>(&mut scratch);
    let answer = format!("{answer:?}");
    let allowed = ["Err(UnreadableValue { position: 0 })", "Err(UnreadableValue { position: 75 })", "Ok(Wrapper(Whole { iss: Some(\"joe\"), sub: Some(\"a\\\"b\"), exp: Some(1300819380), a: Some(Inner { x: \"x\", y: Some(Two(2)) }), b: Some([1, 2]), quoted: Some(true), door: -7 }))"];
    assert!(allowed.iter().any(|allowed| answer.starts_with(allowed)), "{answer}");
}
}

#[rustfmt::skip]
mod reading_whole_struct_3 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    pub use std::borrow::Cow;
    pub use std::collections::BTreeMap;

    pub use heapless::{LinearMap, String as Text, Vec as List};
    use serde::Deserialize;

    /// A struct into which users may read a claims set.
    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Whole<'a> {
        iss: Option<&'a str>,
        sub: Option<Text<8>>,
        exp: Option<u64>,
        a: Option<Inner<'a>>,
        b: Option<List<u8, 3>>,
        #[serde(rename = "A\"")]
        quoted: Option<bool>,
        #[serde(default)]
        door: i16,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Inner<'a> {
        x: &'a str,
        y: Option<Choice>,
    }

    #[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
    pub enum Choice {
        One,
        Two(u8),
        Three(u8, bool),
        Four { z: Text<4> },
    }

    #[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
    pub struct Wrapper<T>(T);
    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLCJzdWIiOiJhXCJiIiwiZXhwIjoxMzAwODE5MzgwLCJhIjp7IngiOiJ4IiwieSI6eyJUd28iOjJ9fSwiYiI6WzEsMl0sIkFcIiI6dHJ1ZSwiZG9vciI6LTcsIm90aGVyIjoiXFwifQ.MXvDH2zIGS436jfFS7GuYNe7RH6j__Mua7cTqhNkfXw";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let mut buffer = vec![0; 219];
    let verifier = Verifier::new(&keys, policy);
    let token = verifier.verify(token, Time::Unknown, &mut buffer).unwrap();
    let answer = token.claims().read::<Wrapper<Whole>>();
    let answer = format!("{answer:?}");
    let allowed = ["Err(UnreadableValue { position: 0 })", "Err(UnreadableValue { position: 75 })", "Ok(Wrapper(Whole { iss: Some(\"joe\"), sub: Some(\"a\\\"b\"), exp: Some(1300819380), a: Some(Inner { x: \"x\", y: Some(Two(2)) }), b: Some([1, 2]), quoted: Some(true), door: -7 }))"];
    assert!(allowed.iter().any(|allowed| answer.starts_with(allowed)), "{answer}");
}
}

#[rustfmt::skip]
mod reading_whole_struct_4 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    pub use std::borrow::Cow;
    pub use std::collections::BTreeMap;

    pub use heapless::{LinearMap, String as Text, Vec as List};
    use serde::Deserialize;

    /// A struct that keeps members without a field.
    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Rest<'a> {
        iss: Option<String>,
        #[serde(borrow, flatten)]
        rest: BTreeMap<String, Any<'a>>,
    }

    /// Any value.
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(untagged)]
    pub enum Any<'a> {
        Nothing,
        Flag(bool),
        Number(i64),
        #[serde(borrow)]
        Borrowed(&'a str),
        Owned(String),
        List(Vec<Any<'a>>),
        Members(BTreeMap<String, Any<'a>>),
    }
    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLCJzdWIiOiJhXCJiIiwiZXhwIjoxMzAwODE5MzgwLCJhIjp7IngiOiJ4IiwieSI6eyJUd28iOjJ9fSwiYiI6WzEsMl0sIkFcIiI6dHJ1ZSwiZG9vciI6LTcsIm90aGVyIjoiXFwifQ.MXvDH2zIGS436jfFS7GuYNe7RH6j__Mua7cTqhNkfXw";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let mut buffer = vec![0; 219];
    let mut scratch = vec![0; 115];
    let verifier = Verifier::new(&keys, policy);
    let token = verifier.verify(token, Time::Unknown, &mut buffer).unwrap();
    let answer = token.claims().read_with_scratch::<Rest>(&mut scratch);
    let answer = format!("{answer:?}");
    let allowed = ["Err(UnreadableValue { position: 0 })", "Err(UnreadableValue { position: 75 })", "Ok(Rest { iss: Some(\"joe\"), rest: {\"A\\\"\": Flag(true), \"a\": Members({\"x\": Borrowed(\"x\"), \"y\": Members({\"Two\": Number(2)})}), \"b\": List([Number(1), Number(2)]), \"door\": Number(-7), \"exp\": Number(1300819380), \"other\": Owned(\"\\\\\"), \"sub\": Owned(\"a\\\"b\")} })"];
    assert!(allowed.iter().any(|allowed| answer.starts_with(allowed)), "{answer}");
}
}

#[rustfmt::skip]
mod reading_escapes_of_1536_bytes_for_256_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    pub use std::borrow::Cow;
    pub use std::collections::BTreeMap;

    pub use heapless::{LinearMap, String as Text, Vec as List};
    use serde::Deserialize;

    /// A struct into which users may read a claims set.
    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Whole<'a> {
        iss: Option<&'a str>,
        sub: Option<Text<8>>,
        exp: Option<u64>,
        a: Option<Inner<'a>>,
        b: Option<List<u8, 3>>,
        #[serde(rename = "A\"")]
        quoted: Option<bool>,
        #[serde(default)]
        door: i16,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Inner<'a> {
        x: &'a str,
        y: Option<Choice>,
    }

    #[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
    pub enum Choice {
        One,
        Two(u8),
        Three(u8, bool),
        Four { z: Text<4> },
    }
    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIiLCJhIjoiXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwIn0.TAMUyFttaJj8Gv1dp-N_aQDnLhf_oSCIuUkWc6z4uts";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let mut buffer = vec![0; 2136];
    let mut scratch = vec![0; 1553];
    let verifier = Verifier::new(&keys, policy);
    let token = verifier.verify(token, Time::Unknown, &mut buffer).unwrap();
    let answer = token.claims().read_with_scratch::<Whole>(&mut scratch);
    let answer = format!("{answer:?}");
    let allowed = ["Err(UnreadableValue { position: 0 })", "Err(UnreadableValue { position: 14 })"];
    assert!(allowed.iter().any(|allowed| answer.starts_with(allowed)), "{answer}");
}
}

#[rustfmt::skip]
mod reading_escapes_of_1536_bytes_for_256_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    pub use std::borrow::Cow;
    pub use std::collections::BTreeMap;

    pub use heapless::{LinearMap, String as Text, Vec as List};
    use serde::Deserialize;

    /// A struct into which users may read a claims set.
    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Whole<'a> {
        iss: Option<&'a str>,
        sub: Option<Text<8>>,
        exp: Option<u64>,
        a: Option<Inner<'a>>,
        b: Option<List<u8, 3>>,
        #[serde(rename = "A\"")]
        quoted: Option<bool>,
        #[serde(default)]
        door: i16,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Inner<'a> {
        x: &'a str,
        y: Option<Choice>,
    }

    #[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
    pub enum Choice {
        One,
        Two(u8),
        Three(u8, bool),
        Four { z: Text<4> },
    }
    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIiLCJhIjoiXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwIn0.TAMUyFttaJj8Gv1dp-N_aQDnLhf_oSCIuUkWc6z4uts";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let mut buffer = vec![0; 2136];
    let verifier = Verifier::new(&keys, policy);
    let token = verifier.verify(token, Time::Unknown, &mut buffer).unwrap();
    let answer = token.claims().read::<Whole>();
    let answer = format!("{answer:?}");
    let allowed = ["Err(UnreadableValue { position: 0 })", "Err(UnreadableValue { position: 14 })"];
    assert!(allowed.iter().any(|allowed| answer.starts_with(allowed)), "{answer}");
}
}

#[rustfmt::skip]
mod reading_escapes_of_1536_bytes_for_256_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    pub use std::borrow::Cow;
    pub use std::collections::BTreeMap;

    pub use heapless::{LinearMap, String as Text, Vec as List};
    use serde::Deserialize;

    /// A struct into which users may read a claims set.
    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Whole<'a> {
        iss: Option<&'a str>,
        sub: Option<Text<8>>,
        exp: Option<u64>,
        a: Option<Inner<'a>>,
        b: Option<List<u8, 3>>,
        #[serde(rename = "A\"")]
        quoted: Option<bool>,
        #[serde(default)]
        door: i16,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Inner<'a> {
        x: &'a str,
        y: Option<Choice>,
    }

    #[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
    pub enum Choice {
        One,
        Two(u8),
        Three(u8, bool),
        Four { z: Text<4> },
    }

    #[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
    pub struct Wrapper<T>(T);
    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIiLCJhIjoiXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwIn0.TAMUyFttaJj8Gv1dp-N_aQDnLhf_oSCIuUkWc6z4uts";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let mut buffer = vec![0; 2136];
    let mut scratch = vec![0; 1553];
    let verifier = Verifier::new(&keys, policy);
    let token = verifier.verify(token, Time::Unknown, &mut buffer).unwrap();
    let answer = token.claims().read_with_scratch::<Wrapper<Whole>>(&mut scratch);
    let answer = format!("{answer:?}");
    let allowed = ["Err(UnreadableValue { position: 0 })", "Err(UnreadableValue { position: 14 })"];
    assert!(allowed.iter().any(|allowed| answer.starts_with(allowed)), "{answer}");
}
}

#[rustfmt::skip]
mod reading_escapes_of_1536_bytes_for_256_3 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    pub use std::borrow::Cow;
    pub use std::collections::BTreeMap;

    pub use heapless::{LinearMap, String as Text, Vec as List};
    use serde::Deserialize;

    /// A struct into which users may read a claims set.
    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Whole<'a> {
        iss: Option<&'a str>,
        sub: Option<Text<8>>,
        exp: Option<u64>,
        a: Option<Inner<'a>>,
        b: Option<List<u8, 3>>,
        #[serde(rename = "A\"")]
        quoted: Option<bool>,
        #[serde(default)]
        door: i16,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Inner<'a> {
        x: &'a str,
        y: Option<Choice>,
    }

    #[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
    pub enum Choice {
        One,
        Two(u8),
        Three(u8, bool),
        Four { z: Text<4> },
    }

    #[derive(Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
    pub struct Wrapper<T>(T);
    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIiLCJhIjoiXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwIn0.TAMUyFttaJj8Gv1dp-N_aQDnLhf_oSCIuUkWc6z4uts";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let mut buffer = vec![0; 2136];
    let verifier = Verifier::new(&keys, policy);
    let token = verifier.verify(token, Time::Unknown, &mut buffer).unwrap();
    let answer = token.claims().read::<Wrapper<Whole>>();
    let answer = format!("{answer:?}");
    let allowed = ["Err(UnreadableValue { position: 0 })", "Err(UnreadableValue { position: 14 })"];
    assert!(allowed.iter().any(|allowed| answer.starts_with(allowed)), "{answer}");
}
}

#[rustfmt::skip]
mod reading_escapes_of_1536_bytes_for_256_4 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    pub use std::borrow::Cow;
    pub use std::collections::BTreeMap;

    pub use heapless::{LinearMap, String as Text, Vec as List};
    use serde::Deserialize;

    /// A struct that keeps members without a field.
    #[derive(Debug, Deserialize, PartialEq)]
    pub struct Rest<'a> {
        iss: Option<String>,
        #[serde(borrow, flatten)]
        rest: BTreeMap<String, Any<'a>>,
    }

    /// Any value.
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(untagged)]
    pub enum Any<'a> {
        Nothing,
        Flag(bool),
        Number(i64),
        #[serde(borrow)]
        Borrowed(&'a str),
        Owned(String),
        List(Vec<Any<'a>>),
        Members(BTreeMap<String, Any<'a>>),
    }
    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIiLCJhIjoiXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwXHUwMDAwIn0.TAMUyFttaJj8Gv1dp-N_aQDnLhf_oSCIuUkWc6z4uts";
    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let mut buffer = vec![0; 2136];
    let mut scratch = vec![0; 1553];
    let verifier = Verifier::new(&keys, policy);
    let token = verifier.verify(token, Time::Unknown, &mut buffer).unwrap();
    let answer = token.claims().read_with_scratch::<Rest>(&mut scratch);
    let answer = format!("{answer:?}");
    let allowed = ["Ok(Rest { iss: None, rest: {\"a\": Owned(\"\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\"), \"sub\": Borrowed(\"\")} })"];
    assert!(allowed.iter().any(|allowed| answer.starts_with(allowed)), "{answer}");
}
}

#[rustfmt::skip]
mod sign_text_made_with_parameters_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhIiwiYXVkIjoiZG9vci03IiwiZXhwIjoyMzAwLjAsIm5iZiI6MTcwMC4wLCJpYXQiOjE4MDAuMH0.d21R-yEgpKXVkdWDG1wLGnqCMDHBcwgnfh0wUjNcYj8";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Ok(["{\"alg\":\"HS256\"}".to_owned(), "{\"iss\":\"a\",\"aud\":\"door-7\",\"exp\":2300.0,\"nbf\":1700.0,\"iat\":1800.0}".to_owned()])];
    let mut buffer = vec![170; 152];
    let answer = verifier.verify(token, Time::Unknown, &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 167];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [71, 3, 105].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Unknown).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod sign_text_made_with_parameters_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..qxV0SHQLyMxxe0YVE3j8ujhfLIz6tNOnqf2i0QTZVK0";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let verifier = JwsVerifier::new(&keys);
    let allowed = [Ok(("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned(), b"".to_vec()))];
    let mut buffer = vec![170; 81];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 108];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod sign_text_made_with_parameters_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhIiwiYXVkIjoiZG9vci03IiwiZXhwIjoyMzAwLjAsIm5iZiI6MTcwMC4wLCJpYXQiOjE4MDAuMH0.3uI3ei546pA2EGmdHVm7aVBspVwkLBTEYnSFU9Or1jM";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Ok(["{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned(), "{\"iss\":\"a\",\"aud\":\"door-7\",\"exp\":2300.0,\"nbf\":1700.0,\"iat\":1800.0}".to_owned()])];
    let mut buffer = vec![170; 168];
    let answer = verifier.verify(token, Time::Unknown, &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 195];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [65, 3, 77].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Unknown).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod sign_text_made_with_parameters_3 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let header_parameters = "{}";
    let signer = Signer::new(&keys).header_parameters(&header_parameters);
    let text = "{\"iss\":\"a\",\"aud\":\"door-7\",\"exp\":2300.0,\"nbf\":1700.0,\"iat\":1800.0}";
    for room in [268, 168, 167, 0] {
        let mut buffer = vec![170; room];
        let made = signer.sign_json(&text, &mut buffer);
        let length = made.map_or(0, <[u8]>::len);
        let filler = if made.is_ok() { 170 } else { 0 };
        match made {
        _ if room < 168 => assert_eq!(made, Err(Error::BufferTooSmall { needed: 168 })),
        Ok(b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhIiwiYXVkIjoiZG9vci03IiwiZXhwIjoyMzAwLjAsIm5iZiI6MTcwMC4wLCJpYXQiOjE4MDAuMH0.3uI3ei546pA2EGmdHVm7aVBspVwkLBTEYnSFU9Or1jM") => {}
        _ => panic!("{made:?} in {room} bytes"),
        }
        assert!(buffer[length..].iter().all(|&byte| byte == filler), "left in the buffer");
    }
}
}

#[rustfmt::skip]
mod sign_text_invalid_json_with_a_stamp_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjIwMDAsIm5iZiI6MjAwMCwiZXhwIjoyMzAw.fPIe0dv4liMRNbllFcx0x7H7MGL_09OCGHTBVbUI0Ck";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Err(Error::DuplicateClaim), Err(Error::InvalidJson)];
    let mut buffer = vec![170; 109];
    let answer = verifier.verify(token, Time::Unknown, &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
    assert_eq!(buffer[..48], [0; 48]);

    let mut buffer = vec![170; 124];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [82, 2, 107].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Unknown).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
    assert_eq!(buffer[..48], [0; 48]);
}
}

#[rustfmt::skip]
mod sign_text_invalid_json_with_a_stamp_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..qxV0SHQLyMxxe0YVE3j8ujhfLIz6tNOnqf2i0QTZVK0";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let verifier = JwsVerifier::new(&keys);
    let allowed = [Ok(("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned(), b"".to_vec()))];
    let mut buffer = vec![170; 81];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 108];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod sign_text_invalid_json_with_a_stamp_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjIwMDAsIm5iZiI6MjAwMCwiZXhwIjoyMzAw.orxWevsZ7VbL-EbNEQnal1LSB2A78R-fnzcvbtOHF6w";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Err(Error::DuplicateClaim), Err(Error::InvalidJson)];
    let mut buffer = vec![170; 125];
    let answer = verifier.verify(token, Time::Unknown, &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
    assert_eq!(buffer[..60], [0; 60]);

    let mut buffer = vec![170; 152];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [37, 1, 77].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Unknown).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
    assert_eq!(buffer[..60], [0; 60]);
}
}

#[rustfmt::skip]
mod sign_text_invalid_json_with_a_stamp_3 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let signer = Signer::new(&keys);
    let stamp = Stamp::new(2000, 300);
    let text = "";
    for room in [225, 125, 124, 23] {
        let mut buffer = vec![170; room];
        let made = signer.sign_json_with(&text, &stamp, &mut buffer);
        let length = made.map_or(0, <[u8]>::len);
        let filler = if made.is_ok() { 170 } else { 0 };
        match made {
        _ if room < 125 => assert_eq!(made, Err(Error::BufferTooSmall { needed: 125 })),
        Err(Error::InvalidJson) => {}
        _ => panic!("{made:?} in {room} bytes"),
        }
        assert!(buffer[length..].iter().all(|&byte| byte == filler), "left in the buffer");
    }
}
}

#[rustfmt::skip]
mod sign_value_made_changing_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjB9.N9ukhum60fdodWo-dswhqdfHJfJdAbUc4TIGMYQYWFQ";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Err(Error::Expired)];
    let mut buffer = vec![170; 77];
    let answer = verifier.verify(token, Time::Unknown, &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
    assert_eq!(buffer[..24], [0; 24]);

    let mut buffer = vec![170; 92];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [1, 1, 1].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Unknown).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
    assert_eq!(buffer[..24], [0; 24]);
}
}

#[rustfmt::skip]
mod sign_value_made_changing_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiJ9..OseJwguM7Xc9AlxQtHOCBgo6qFRlXh5mw2ZmelT4y44";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let verifier = JwsVerifier::new(&keys);
    let allowed = [Ok(("{\"alg\":\"HS256\"}".to_owned(), b"".to_vec()))];
    let mut buffer = vec![170; 65];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 80];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod sign_value_made_changing_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjB9.N9ukhum60fdodWo-dswhqdfHJfJdAbUc4TIGMYQYWFQ";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Err(Error::Expired)];
    let mut buffer = vec![170; 77];
    let answer = verifier.verify(token, Time::Unknown, &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
    assert_eq!(buffer[..24], [0; 24]);

    let mut buffer = vec![170; 92];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [1, 1, 1].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Unknown).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
    assert_eq!(buffer[..24], [0; 24]);
}
}

#[rustfmt::skip]
mod sign_value_made_changing_3 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let signer = Signer::new(&keys).without_typ();

    use std::cell::Cell;

    use serde::Serialize;
    use serde::ser::{
        Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
        SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
    };

    thread_local! {
        /// How many `Changing` values were serialized so far.
        static CHANGES: Cell<u32> = const { Cell::new(0) };
    }

    /// A value of any kind.
    #[derive(Clone, Debug)]
    pub enum Value {
        None,
        Unit,
        UnitStruct,
        Bool(bool),
        I8(i8),
        I16(i16),
        I32(i32),
        I64(i64),
        I128(i128),
        U8(u8),
        U16(u16),
        U32(u32),
        U64(u64),
        U128(u128),
        F32(f32),
        F64(f64),
        Char(char),
        Text(String),
        Bytes(Vec<u8>),
        /// A text that is formatted in pieces.
        Shown(Vec<String>),
        Some(Box<Value>),
        NewtypeStruct(Box<Value>),
        UnitVariant(&'static str),
        NewtypeVariant(&'static str, Box<Value>),
        Seq(Vec<Value>),
        Tuple(Vec<Value>),
        TupleStruct(Vec<Value>),
        TupleVariant(&'static str, Vec<Value>),
        Map(Vec<(Value, Value)>),
        Struct(Vec<(&'static str, Value)>),
        StructVariant(&'static str, Vec<(&'static str, Value)>),
        Json(serde_json::Value),
        /// Its type refuses to be serialized.
        Refusing,
        /// A number that is another one each time that it is serialized.
        Changing,
    }

    /// Lets values that change begin again.
    pub fn restart() {
        CHANGES.set(0);
    }

    impl Serialize for Value {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::None => serializer.serialize_none(),
                Self::Unit => serializer.serialize_unit(),
                Self::UnitStruct => serializer.serialize_unit_struct("U"),
                Self::Bool(value) => serializer.serialize_bool(*value),
                Self::I8(value) => serializer.serialize_i8(*value),
                Self::I16(value) => serializer.serialize_i16(*value),
                Self::I32(value) => serializer.serialize_i32(*value),
                Self::I64(value) => serializer.serialize_i64(*value),
                Self::I128(value) => serializer.serialize_i128(*value),
                Self::U8(value) => serializer.serialize_u8(*value),
                Self::U16(value) => serializer.serialize_u16(*value),
                Self::U32(value) => serializer.serialize_u32(*value),
                Self::U64(value) => serializer.serialize_u64(*value),
                Self::U128(value) => serializer.serialize_u128(*value),
                Self::F32(value) => serializer.serialize_f32(*value),
                Self::F64(value) => serializer.serialize_f64(*value),
                Self::Char(value) => serializer.serialize_char(*value),
                Self::Text(value) => serializer.serialize_str(value),
                Self::Bytes(value) => serializer.serialize_bytes(value),
                Self::Shown(pieces) => serializer.collect_str(&Shown(pieces)),
                Self::Some(value) => serializer.serialize_some(&**value),
                Self::NewtypeStruct(value) => serializer.serialize_newtype_struct("N", &**value),
                Self::UnitVariant(name) => serializer.serialize_unit_variant("E", 0, name),
                Self::NewtypeVariant(name, value) => {
                    serializer.serialize_newtype_variant("E", 0, name, &**value)
                }
                Self::Seq(values) => {
                    let mut seq = serializer.serialize_seq(None)?;
                    values.iter().try_for_each(|value| seq.serialize_element(value))?;
                    seq.end()
                }
                Self::Tuple(values) => {
                    let mut tuple = serializer.serialize_tuple(values.len())?;
                    values.iter().try_for_each(|value| tuple.serialize_element(value))?;
                    tuple.end()
                }
                Self::TupleStruct(values) => {
                    let mut tuple = serializer.serialize_tuple_struct("T", values.len())?;
                    values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                    tuple.end()
                }
                Self::TupleVariant(name, values) => {
                    let mut tuple = serializer.serialize_tuple_variant("E", 0, name, values.len())?;
                    values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                    tuple.end()
                }
                Self::Map(members) => {
                    let mut map = serializer.serialize_map(None)?;
                    members.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                    map.end()
                }
                Self::Struct(members) => {
                    let mut fields = serializer.serialize_struct("S", members.len())?;
                    members.iter().try_for_each(|(name, value)| fields.serialize_field(name, value))?;
                    fields.end()
                }
                Self::StructVariant(name, members) => {
                    let length = members.len();
                    let mut fields = serializer.serialize_struct_variant("E", 0, name, length)?;
                    members.iter().try_for_each(|(name, value)| fields.serialize_field(name, value))?;
                    fields.end()
                }
                Self::Json(value) => value.serialize(serializer),
                Self::Refusing => Err(S::Error::custom("it refuses")),
                Self::Changing => {
                    let changes = CHANGES.replace(CHANGES.get() + 1);
                    serializer.serialize_u32(changes)
                }
            }
        }
    }

    struct Shown<'p>(&'p [String]);

    impl std::fmt::Display for Shown<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.iter().try_for_each(|piece| f.write_str(piece))
        }
    }
    let value = Value::Struct(vec![("exp", Value::Changing)]);
    for room in [177, 77, 76, 218] {
        let mut buffer = vec![170; room];
        restart();
        let made = signer.sign(&value, &mut buffer);
        let length = made.map_or(0, <[u8]>::len);
        let filler = if made.is_ok() { 170 } else { 0 };
        match made {
        _ if room < 77 => assert_eq!(made, Err(Error::BufferTooSmall { needed: 77 })),
        Ok(b"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjB9.N9ukhum60fdodWo-dswhqdfHJfJdAbUc4TIGMYQYWFQ") => {}
        _ => panic!("{made:?} in {room} bytes"),
        }
        assert!(buffer[length..].iter().all(|&byte| byte == filler), "left in the buffer");
    }
}
}

#[rustfmt::skip]
mod sign_value_made_with_a_stamp_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjIwMDAsIm5iZiI6MjAwMCwiZXhwIjoyMzAwfQ.gbi2UCR5exlAEtvRjTaEjWZGfDHQjLGKpFS5JWsIhng";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Ok(["{\"alg\":\"HS256\"}".to_owned(), "{\"iat\":2000,\"nbf\":2000,\"exp\":2300}".to_owned()])];
    let mut buffer = vec![170; 111];
    let answer = verifier.verify(token, Time::Unknown, &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 126];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [25, 1, 6].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Unknown).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod sign_value_made_with_a_stamp_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..qxV0SHQLyMxxe0YVE3j8ujhfLIz6tNOnqf2i0QTZVK0";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let verifier = JwsVerifier::new(&keys);
    let allowed = [Ok(("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned(), b"".to_vec()))];
    let mut buffer = vec![170; 81];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 108];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod sign_value_made_with_a_stamp_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjIwMDAsIm5iZiI6MjAwMCwiZXhwIjoyMzAwfQ.wZjzWHMZlCUSZ6Q9Xkc3TLa6ZM2k-vABYKcj90x4wCs";
    let keys = AnyKey::new(AnyAlgorithm::Hs256, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let policy = Policy::builder()
        .leeway(0)
        .maximum_depth(32)
        .allow_missing_expiration()
        .allow_any_audience()
        .allow_uncertain_time()
        .build();
    let policy = policy.unwrap();
    let verifier = Verifier::new(&keys, policy);
    let allowed = [Ok(["{\"alg\":\"HS256\",\"typ\":\"JWT\"}".to_owned(), "{\"iat\":2000,\"nbf\":2000,\"exp\":2300}".to_owned()])];
    let mut buffer = vec![170; 127];
    let answer = verifier.verify(token, Time::Unknown, &mut buffer).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 154];
    let mut streaming = verifier.stream(&mut buffer);
    let (mut rest, mut lengths) = (&token[..], [80, 3, 69].into_iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.len().min(lengths.next().unwrap()));
        let _ = streaming.push(piece);
        rest = behind;
    }
    let answer = streaming.into_token(Time::Unknown).map(|token| [token.header().as_json().to_owned(), token.claims().as_json().to_owned()]);
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod sign_value_made_with_a_stamp_3 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let keys = Key::<Hs256>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let signer = Signer::new(&keys);
    let stamp = Stamp::new(2000, 300);

    use std::cell::Cell;

    use serde::Serialize;
    use serde::ser::{
        Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
        SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
    };

    thread_local! {
        /// How many `Changing` values were serialized so far.
        static CHANGES: Cell<u32> = const { Cell::new(0) };
    }

    /// A value of any kind.
    #[derive(Clone, Debug)]
    pub enum Value {
        None,
        Unit,
        UnitStruct,
        Bool(bool),
        I8(i8),
        I16(i16),
        I32(i32),
        I64(i64),
        I128(i128),
        U8(u8),
        U16(u16),
        U32(u32),
        U64(u64),
        U128(u128),
        F32(f32),
        F64(f64),
        Char(char),
        Text(String),
        Bytes(Vec<u8>),
        /// A text that is formatted in pieces.
        Shown(Vec<String>),
        Some(Box<Value>),
        NewtypeStruct(Box<Value>),
        UnitVariant(&'static str),
        NewtypeVariant(&'static str, Box<Value>),
        Seq(Vec<Value>),
        Tuple(Vec<Value>),
        TupleStruct(Vec<Value>),
        TupleVariant(&'static str, Vec<Value>),
        Map(Vec<(Value, Value)>),
        Struct(Vec<(&'static str, Value)>),
        StructVariant(&'static str, Vec<(&'static str, Value)>),
        Json(serde_json::Value),
        /// Its type refuses to be serialized.
        Refusing,
        /// A number that is another one each time that it is serialized.
        Changing,
    }

    /// Lets values that change begin again.
    pub fn restart() {
        CHANGES.set(0);
    }

    impl Serialize for Value {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::None => serializer.serialize_none(),
                Self::Unit => serializer.serialize_unit(),
                Self::UnitStruct => serializer.serialize_unit_struct("U"),
                Self::Bool(value) => serializer.serialize_bool(*value),
                Self::I8(value) => serializer.serialize_i8(*value),
                Self::I16(value) => serializer.serialize_i16(*value),
                Self::I32(value) => serializer.serialize_i32(*value),
                Self::I64(value) => serializer.serialize_i64(*value),
                Self::I128(value) => serializer.serialize_i128(*value),
                Self::U8(value) => serializer.serialize_u8(*value),
                Self::U16(value) => serializer.serialize_u16(*value),
                Self::U32(value) => serializer.serialize_u32(*value),
                Self::U64(value) => serializer.serialize_u64(*value),
                Self::U128(value) => serializer.serialize_u128(*value),
                Self::F32(value) => serializer.serialize_f32(*value),
                Self::F64(value) => serializer.serialize_f64(*value),
                Self::Char(value) => serializer.serialize_char(*value),
                Self::Text(value) => serializer.serialize_str(value),
                Self::Bytes(value) => serializer.serialize_bytes(value),
                Self::Shown(pieces) => serializer.collect_str(&Shown(pieces)),
                Self::Some(value) => serializer.serialize_some(&**value),
                Self::NewtypeStruct(value) => serializer.serialize_newtype_struct("N", &**value),
                Self::UnitVariant(name) => serializer.serialize_unit_variant("E", 0, name),
                Self::NewtypeVariant(name, value) => {
                    serializer.serialize_newtype_variant("E", 0, name, &**value)
                }
                Self::Seq(values) => {
                    let mut seq = serializer.serialize_seq(None)?;
                    values.iter().try_for_each(|value| seq.serialize_element(value))?;
                    seq.end()
                }
                Self::Tuple(values) => {
                    let mut tuple = serializer.serialize_tuple(values.len())?;
                    values.iter().try_for_each(|value| tuple.serialize_element(value))?;
                    tuple.end()
                }
                Self::TupleStruct(values) => {
                    let mut tuple = serializer.serialize_tuple_struct("T", values.len())?;
                    values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                    tuple.end()
                }
                Self::TupleVariant(name, values) => {
                    let mut tuple = serializer.serialize_tuple_variant("E", 0, name, values.len())?;
                    values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                    tuple.end()
                }
                Self::Map(members) => {
                    let mut map = serializer.serialize_map(None)?;
                    members.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                    map.end()
                }
                Self::Struct(members) => {
                    let mut fields = serializer.serialize_struct("S", members.len())?;
                    members.iter().try_for_each(|(name, value)| fields.serialize_field(name, value))?;
                    fields.end()
                }
                Self::StructVariant(name, members) => {
                    let length = members.len();
                    let mut fields = serializer.serialize_struct_variant("E", 0, name, length)?;
                    members.iter().try_for_each(|(name, value)| fields.serialize_field(name, value))?;
                    fields.end()
                }
                Self::Json(value) => value.serialize(serializer),
                Self::Refusing => Err(S::Error::custom("it refuses")),
                Self::Changing => {
                    let changes = CHANGES.replace(CHANGES.get() + 1);
                    serializer.serialize_u32(changes)
                }
            }
        }
    }

    struct Shown<'p>(&'p [String]);

    impl std::fmt::Display for Shown<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.iter().try_for_each(|piece| f.write_str(piece))
        }
    }
    let value = Value::Struct(vec![]);
    for room in [227, 127, 126, 136] {
        let mut buffer = vec![170; room];
        restart();
        let made = signer.sign_with(&value, &stamp, &mut buffer);
        let length = made.map_or(0, <[u8]>::len);
        let filler = if made.is_ok() { 170 } else { 0 };
        match made {
        _ if room < 127 => assert_eq!(made, Err(Error::BufferTooSmall { needed: 127 })),
        Ok(b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjIwMDAsIm5iZiI6MjAwMCwiZXhwIjoyMzAwfQ.wZjzWHMZlCUSZ6Q9Xkc3TLa6ZM2k-vABYKcj90x4wCs") => {}
        _ => panic!("{made:?} in {room} bytes"),
        }
        assert!(buffer[length..].iter().all(|&byte| byte == filler), "left in the buffer");
    }
}
}

#[rustfmt::skip]
mod sign_apart_made_0 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let token = b"eyJhbGciOiJIUzM4NCJ9..Ps81TZapVs-PQmZ2zUTf7fFWjXsq3d_eglk4orlxYqEeajJItWx-IzqKsgjMcN2g";
    let keys = AnyKey::new(AnyAlgorithm::Hs384, b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let verifier = JwsVerifier::new(&keys);
    let allowed = [Ok(("{\"alg\":\"HS384\"}".to_owned(), b"".to_vec()))];
    let mut buffer = vec![170; 86];
    let answer = verifier.verify(token, &mut buffer).map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");

    let mut buffer = vec![170; 101];
    let mut streaming = verifier.stream(&mut buffer);
    let _ = streaming.push(token);
    let answer = streaming.into_jws().map(|token| (token.header().as_json().to_owned(), token.payload().to_vec()));
    assert!(allowed.contains(&answer), "{answer:?}");
}
}

#[rustfmt::skip]
mod sign_apart_made_1 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let keys = Key::<Hs384>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let signer = Signer::new(&keys);
    let pieces: &[&[u8]] = &[b""];
    let payload = pieces.concat();
    for room in [186, 86, 85, 20] {
        let mut buffer = vec![170; room];
        let made = signer.sign_payload(&payload, &mut buffer);
        let length = made.map_or(0, <[u8]>::len);
        let filler = if made.is_ok() { 170 } else { 0 };
        match made {
        _ if room < 86 => assert_eq!(made, Err(Error::BufferTooSmall { needed: 86 })),
        Ok(b"eyJhbGciOiJIUzM4NCJ9..Ps81TZapVs-PQmZ2zUTf7fFWjXsq3d_eglk4orlxYqEeajJItWx-IzqKsgjMcN2g") => {}
        _ => panic!("{made:?} in {room} bytes"),
        }
        assert!(buffer[length..].iter().all(|&byte| byte == filler), "left in the buffer");
    }
}
}

#[rustfmt::skip]
mod sign_apart_made_2 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let keys = Key::<Hs384>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let signer = Signer::new(&keys);
    let pieces: &[&[u8]] = &[b""];
    let payload = pieces.concat();
    for room in [186, 86, 85, 20] {
        let mut buffer = vec![170; room];
        let made = signer.sign_detached(&payload, &mut buffer);
        let length = made.map_or(0, <[u8]>::len);
        let filler = if made.is_ok() { 170 } else { 0 };
        match made {
        _ if room < 86 => assert_eq!(made, Err(Error::BufferTooSmall { needed: 86 })),
        Ok(b"eyJhbGciOiJIUzM4NCJ9..Ps81TZapVs-PQmZ2zUTf7fFWjXsq3d_eglk4orlxYqEeajJItWx-IzqKsgjMcN2g") => {}
        _ => panic!("{made:?} in {room} bytes"),
        }
        assert!(buffer[length..].iter().all(|&byte| byte == filler), "left in the buffer");
    }
}
}

#[rustfmt::skip]
mod sign_apart_made_3 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let keys = Key::<Hs384>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let signer = Signer::new(&keys);
    let pieces: &[&[u8]] = &[b""];
    let payload = pieces.concat();
    for room in [186, 86, 85, 20] {
        let mut buffer = vec![170; room];
        let made = signer.stream_detached(&mut buffer).and_then(|mut stream| {
        pieces.iter().try_for_each(|piece| stream.push(piece))?;
        stream.finish()
    });
        let length = made.map_or(0, <[u8]>::len);
        let filler = if made.is_ok() { 170 } else { 0 };
        match made {
        _ if room < 86 => assert_eq!(made, Err(Error::BufferTooSmall { needed: 86 })),
        Ok(b"eyJhbGciOiJIUzM4NCJ9..Ps81TZapVs-PQmZ2zUTf7fFWjXsq3d_eglk4orlxYqEeajJItWx-IzqKsgjMcN2g") => {}
        _ => panic!("{made:?} in {room} bytes"),
        }
        assert!(buffer[length..].iter().all(|&byte| byte == filler), "left in the buffer");
    }
}
}

#[rustfmt::skip]
mod sign_apart_made_4 {
use embedded_jwt_fuzz::embedded_jwt;

#[test]
fn found_by_fuzzing() {
    use embedded_jwt::*;

    let keys = Key::<Hs384>::new(b"\x03#5K+\x0f\xa5\xbc\x83~\x06ew{\xa6\x8fZ\xb3(\xe6\xf0T\xc9(\xa9\x0f\x84\xb2\xd2P.\xbf\xd3\xfbZ\x92\xd2\x06G\xef\x96\x8a\xb4\xc3wb=\"=.!r\x05.O\x08\xc0\xcd\x9a\xf5g\xd0\x80\xa3").unwrap();
    let token = b"eyJhbGciOiJIUzM4NCJ9..Ps81TZapVs-PQmZ2zUTf7fFWjXsq3d_eglk4orlxYqEeajJItWx-IzqKsgjMcN2g";
    let pieces: &[&[u8]] = &[b""];
    let payload = pieces.concat();
    let verifier = JwsVerifier::new(&keys);
    for room in [14, 15, 24] {
        let expected = match room < 15 {
            true => Err(Error::BufferTooSmall { needed: 15 }),
            false => Ok("{\"alg\":\"HS384\"}".to_owned()),
        };
        let mut buffer = vec![170; room];
        let answer = verifier.verify_detached(token, &payload, &mut buffer);
        assert_eq!(answer.map(|header| header.as_json().to_owned()), expected);
        let mut buffer = vec![170; room];
        let answer = verifier.stream_detached(token, &mut buffer).and_then(|mut stream| {
            pieces.iter().try_for_each(|piece| stream.push(piece))?;
            stream.finish().map(|header| header.as_json().to_owned())
        });
        assert_eq!(answer, expected);
    }
    for other in [b"\x00".to_vec(), b"\x00".to_vec()] {
        let mut buffer = vec![170; 15];
        let answer = verifier.verify_detached(token, &other, &mut buffer).map(drop);
        assert_eq!(answer, Err(Error::SignatureMismatch));
        assert!(buffer.iter().all(|&byte| byte == 0), "left in the buffer");
    }
}
}
