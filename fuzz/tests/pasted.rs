//! What `paste.rs` prints for some seeds. Written by `PASTE=1 cargo test`.

#![allow(unused_mut, unused_assignments)]

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
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 55];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert_eq!(answer, whole);

    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsumlhdCI6MTgwMC4wfQ.rL4SJ646xQ0T2Zol_gTZ-76uKX-SbKTG4Q8HJhNrUoA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"u", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"r", b"L", b"4", b"S", b"J", b"6", b"4", b"6", b"x", b"Q", b"0", b"T", b"2", b"Z", b"o", b"l", b"_", b"g", b"T", b"Z", b"-", b"7", b"6", b"u", b"K", b"X", b"-", b"S", b"b", b"K", b"T", b"G", b"4", b"Q", b"8", b"H", b"J", b"h", b"N", b"r", b"U", b"o", b"A"];
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 55];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert_eq!(answer, whole);
    drop(streaming);
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
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 55];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert_eq!(answer, whole);

    let token = b"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsumlhdCI6MTgwMC4wfQ.rL4SJ646xQ0T2Zol_gTZ-76uKX-SbKTG4Q8HJhNrUoA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"u", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"r", b"L", b"4", b"S", b"J", b"6", b"4", b"6", b"x", b"Q", b"0", b"T", b"2", b"Z", b"o", b"l", b"_", b"g", b"T", b"Z", b"-", b"7", b"6", b"u", b"K", b"X", b"-", b"S", b"b", b"K", b"T", b"G", b"4", b"Q", b"8", b"H", b"J", b"h", b"N", b"r", b"U", b"o", b"A"];
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 55];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert_eq!(answer, whole);
    drop(streaming);
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
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(answer == whole || matches!(answer, Err(Error::BufferTooSmall { .. })));

    let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.aptm87kzaFDLrUVu_9pqEdF7i4ZJ6K6F3UDtgERfjNA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"I", b"s", b"I", b"m", b"t", b"p", b"Z", b"C", b"I", b"6", b"I", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"a", b"p", b"t", b"m", b"8", b"7", b"k", b"z", b"a", b"F", b"D", b"L", b"r", b"U", b"V", b"u", b"_", b"9", b"p", b"q", b"E", b"d", b"F", b"7", b"i", b"4", b"Z", b"J", b"6", b"K", b"6", b"F", b"3", b"U", b"D", b"t", b"g", b"E", b"R", b"f", b"j", b"N", b"A"];
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(answer == whole || matches!(answer, Err(Error::BufferTooSmall { .. })));

    let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.aptm87kzaFDLrUVu_9pqEdF7i4ZJ6K6F3UDtgERfjNA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"I", b"s", b"I", b"m", b"t", b"p", b"Z", b"C", b"I", b"6", b"I", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"a", b"p", b"t", b"m", b"8", b"7", b"k", b"z", b"a", b"F", b"D", b"L", b"r", b"U", b"V", b"u", b"_", b"9", b"p", b"q", b"E", b"d", b"F", b"7", b"i", b"4", b"Z", b"J", b"6", b"K", b"6", b"F", b"3", b"U", b"D", b"t", b"g", b"E", b"R", b"f", b"j", b"N", b"A"];
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(answer == whole || matches!(answer, Err(Error::BufferTooSmall { .. })));
    drop(streaming);
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
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(answer == whole || matches!(answer, Err(Error::BufferTooSmall { .. })));

    let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.aptm87kzaFDLrUVu_9pqEdF7i4ZJ6K6F3UDtgERfjNA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"I", b"s", b"I", b"m", b"t", b"p", b"Z", b"C", b"I", b"6", b"I", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"a", b"p", b"t", b"m", b"8", b"7", b"k", b"z", b"a", b"F", b"D", b"L", b"r", b"U", b"V", b"u", b"_", b"9", b"p", b"q", b"E", b"d", b"F", b"7", b"i", b"4", b"Z", b"J", b"6", b"K", b"6", b"F", b"3", b"U", b"D", b"t", b"g", b"E", b"R", b"f", b"j", b"N", b"A"];
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(answer == whole || matches!(answer, Err(Error::BufferTooSmall { .. })));

    let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.aptm87kzaFDLrUVu_9pqEdF7i4ZJ6K6F3UDtgERfjNA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"I", b"s", b"I", b"m", b"t", b"p", b"Z", b"C", b"I", b"6", b"I", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"a", b"p", b"t", b"m", b"8", b"7", b"k", b"z", b"a", b"F", b"D", b"L", b"r", b"U", b"V", b"u", b"_", b"9", b"p", b"q", b"E", b"d", b"F", b"7", b"i", b"4", b"Z", b"J", b"6", b"K", b"6", b"F", b"3", b"U", b"D", b"t", b"g", b"E", b"R", b"f", b"j", b"N", b"A"];
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(answer == whole || matches!(answer, Err(Error::BufferTooSmall { .. })));
    drop(streaming);
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
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(answer == whole || matches!(answer, Err(Error::BufferTooSmall { .. })));

    let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.aptm87kzaFDLrUVu_9pqEdF7i4ZJ6K6F3UDtgERfjNA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"I", b"s", b"I", b"m", b"t", b"p", b"Z", b"C", b"I", b"6", b"I", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"a", b"p", b"t", b"m", b"8", b"7", b"k", b"z", b"a", b"F", b"D", b"L", b"r", b"U", b"V", b"u", b"_", b"9", b"p", b"q", b"E", b"d", b"F", b"7", b"i", b"4", b"Z", b"J", b"6", b"K", b"6", b"F", b"3", b"U", b"D", b"t", b"g", b"E", b"R", b"f", b"j", b"N", b"A"];
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(answer == whole || matches!(answer, Err(Error::BufferTooSmall { .. })));

    let token = b"eyJhbGciOiJIUzI1NiIsImtpZCI6IiJ9.eyJleHAiOjIzMDAuMCwibmJmIjoxNzAwLjAsImlhdCI6MTgwMC4wfQ.aptm87kzaFDLrUVu_9pqEdF7i4ZJ6K6F3UDtgERfjNA";
    let pieces: &[&[u8]] = &[b"e", b"y", b"J", b"h", b"b", b"G", b"c", b"i", b"O", b"i", b"J", b"I", b"U", b"z", b"I", b"1", b"N", b"i", b"I", b"s", b"I", b"m", b"t", b"p", b"Z", b"C", b"I", b"6", b"I", b"i", b"J", b"9", b".", b"e", b"y", b"J", b"l", b"e", b"H", b"A", b"i", b"O", b"j", b"I", b"z", b"M", b"D", b"A", b"u", b"M", b"C", b"w", b"i", b"b", b"m", b"J", b"m", b"I", b"j", b"o", b"x", b"N", b"z", b"A", b"w", b"L", b"j", b"A", b"s", b"I", b"m", b"l", b"h", b"d", b"C", b"I", b"6", b"M", b"T", b"g", b"w", b"M", b"C", b"4", b"w", b"f", b"Q", b".", b"a", b"p", b"t", b"m", b"8", b"7", b"k", b"z", b"a", b"F", b"D", b"L", b"r", b"U", b"V", b"u", b"_", b"9", b"p", b"q", b"E", b"d", b"F", b"7", b"i", b"4", b"Z", b"J", b"6", b"K", b"6", b"F", b"3", b"U", b"D", b"t", b"g", b"E", b"R", b"f", b"j", b"N", b"A"];
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 131];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert!(answer == whole || matches!(answer, Err(Error::BufferTooSmall { .. })));
    drop(streaming);
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
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 119];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert_eq!(answer, whole);

    let pieces: &[&[u8]] = &[];
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    drop(streaming);
    streaming = verifier.stream(&mut buffer);
    drop(streaming);
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
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    let mut other = vec![170; 119];
    let whole = verifier.verify(token, &mut other).map(|token| token.payload().to_vec());
    let answer = streaming.finish().map(|token| token.payload().to_vec());
    assert_eq!(answer, whole);

    let pieces: &[&[u8]] = &[];
    for piece in pieces {
        let _ = streaming.push(piece);
    }
    drop(streaming);
    streaming = verifier.stream(&mut buffer);
    drop(streaming);
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
    let _ = revocations.revoke_jwt_id("a", 1000);
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
    let _ = revocations.revoke_jwt_id("a", 1000);

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
