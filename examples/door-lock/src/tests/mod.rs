//! Cuts the power at every step, and looks at what is left.

mod sim;

use base64ct::{Base64UrlUnpadded, Encoding};
use embedded_jwt::{Error as JwtError, Hs256, Key, Mac, Policy, Time, Verifier};

use crate::state::State;
use crate::storage::{Error, Storage, frame_size};
use sim::{Cut, ERASE, SimError, SimFlash};

const FRAME: usize = frame_size(CONTENT);
const CONTENT: usize = 80;
const SAVES: usize = 7;
const VERSION: u16 = 1;

type Found = Result<Option<Vec<u8>>, Error<SimError>>;
type TestStorage<'f, const PLACES: u32> = Storage<&'f mut SimFlash, PLACES, FRAME>;

fn storage<const PLACES: u32>(flash: &mut SimFlash) -> TestStorage<'_, PLACES> {
    Storage::new(flash, 0..PLACES * ERASE as u32, VERSION)
}

/// What is found at a start.
fn found<const PLACES: u32>(flash: &mut SimFlash) -> Found {
    flash.restart();
    storage::<PLACES>(flash).load().map(|content| content.map(<[u8]>::to_vec))
}

fn save<const PLACES: u32>(flash: &mut SimFlash, content: &[u8]) -> Result<(), Error<SimError>> {
    storage::<PLACES>(flash).save(content)
}

/// What is saved at each step: of different lengths, first none at all.
fn content(save: usize) -> Vec<u8> {
    vec![save as u8; save * 37 % (CONTENT + 1)]
}

/// A flash after so many saves.
fn after<const PLACES: u32>(saves: usize) -> SimFlash {
    let mut flash = SimFlash::blank(PLACES);
    for number in 0..saves {
        save::<PLACES>(&mut flash, &content(number)).unwrap();
    }
    flash
}

/// Cuts each save, from the `first` on, at every step, and the save after the restart again.
fn cut_every_step<const PLACES: u32>(first: usize, cuts: &[Cut], seed: u64) {
    let last = vec![0xee; CONTENT];
    for (&cut, saves) in cuts.iter().flat_map(|cut| (first..SAVES).map(move |saves| (cut, saves))) {
        let mut before = after::<PLACES>(saves);
        before.random = seed;
        let old = saves.checked_sub(1).map(content);
        let new = Some(content(saves));
        let mut steps = 0;
        loop {
            let case = format!("{PLACES} places, {cut:?}, save {saves}, step {steps}");
            let mut flash = before.clone();
            flash.cut_at(steps, cut);
            let is_done = save::<PLACES>(&mut flash, &content(saves)).is_ok();
            let is_left = found::<PLACES>(&mut flash).expect(&case);
            if is_done {
                assert_eq!(is_left, new, "{case}");
                break;
            }
            assert!(is_left == old || is_left == new, "{case}: {is_left:?}");

            for again in 0.. {
                let case = format!("{case}, then step {again}");
                let mut flash = flash.clone();
                flash.restart();
                flash.cut_at(again, cut);
                let is_done = save::<PLACES>(&mut flash, &last).is_ok();
                let is_left = found::<PLACES>(&mut flash).expect(&case);
                if is_done {
                    assert_eq!(is_left.as_deref(), Some(&*last), "{case}");
                    break;
                }
                let may_be = [&old, &new, &Some(last.clone())];
                assert!(may_be.contains(&&is_left), "{case}: {is_left:?}");
            }
            steps += 1;
        }
        assert!(steps > 3, "a save takes an erase and several writes");
    }
}

#[test]
fn power_loss_at_any_step_leaves_the_old_or_the_new() {
    let cuts = [Cut::Before, Cut::After, Cut::SomeBits, Cut::Garbage];
    for seed in 0..5 {
        cut_every_step::<2>(0, &cuts, seed);
        cut_every_step::<3>(0, &cuts, seed);
    }
}

#[test]
fn three_places_survive_words_that_read_differently_each_time() {
    for seed in 0..100 {
        cut_every_step::<3>(1, &[Cut::Unstable], seed);
        cut_every_step::<4>(1, &[Cut::Unstable], seed);
    }
}

#[test]
fn damaged_flash_is_told_from_a_blank_one_and_stays_as_it_is() {
    type Damage = fn(&mut SimFlash);
    let zeros: Damage = |flash| flash.bytes.fill(0);
    let garbage: Damage = |flash| flash.damage(0..3 * ERASE);
    let place_0: Damage = |flash| flash.damage(0..ERASE);
    let place_1: Damage = |flash| flash.damage(ERASE..2 * ERASE);
    let first_bit: Damage = |flash| flash.bytes[0] ^= 1;
    let version: Damage = |flash| flash.bytes[5] ^= 2;
    let number: Damage = |flash| flash.bytes[15] ^= 4;
    let content_bit: Damage = |flash| flash.bytes[16] ^= 8;
    let check: Damage = |flash| flash.bytes[16 + content(3).len()] ^= 16;
    let longest: Damage = |flash| flash.bytes[6..8].fill(0xff);
    // Name, number of saves, damage, what is found. Four saves end in place 0.
    let rows: [(&str, usize, Damage, Found); 17] = [
        ("blank", 0, |_| {}, Ok(None)),
        ("zeros", 0, zeros, Err(Error::Damaged)),
        ("garbage", 0, garbage, Err(Error::Damaged)),
        ("first save was cut", 0, place_0, Ok(None)),
        ("another place than the first", 0, place_1, Err(Error::Damaged)),
        ("first save got damaged", 1, place_0, Ok(None)),
        ("both saves got damaged", 2, |flash| flash.damage(0..2 * ERASE), Err(Error::Damaged)),
        ("older place", 2, place_0, Ok(Some(content(1)))),
        ("newer place", 2, place_1, Ok(Some(content(0)))),
        ("all places, after many saves", 4, garbage, Err(Error::Damaged)),
        ("mark", 4, first_bit, Ok(Some(content(2)))),
        ("version", 4, version, Ok(Some(content(2)))),
        ("number", 4, number, Ok(Some(content(2)))),
        ("content", 4, content_bit, Ok(Some(content(2)))),
        ("check", 4, check, Ok(Some(content(2)))),
        ("length", 4, longest, Ok(Some(content(2)))),
        ("nothing", 4, |_| {}, Ok(Some(content(3)))),
    ];
    for (name, saves, damage, expected) in rows {
        let mut flash = after::<3>(saves);
        damage(&mut flash);
        let bytes = flash.bytes.clone();
        assert_eq!(found::<3>(&mut flash), expected, "{name}");
        assert_eq!(flash.bytes, bytes, "{name}");

        // Nothing can be saved on what nobody can read, unless it is given up.
        let is_readable = expected.is_ok();
        assert_eq!(save::<3>(&mut flash, b"new").is_ok(), is_readable, "{name}");
        let mut storage = storage::<3>(&mut flash);
        storage.erase().unwrap();
        storage.save(b"new").unwrap();
        assert_eq!(found::<3>(&mut flash), Ok(Some(b"new".to_vec())), "{name}");
    }
}

#[test]
fn another_version_is_refused_until_the_flash_is_erased() {
    // The newest frame counts, even if an older one has the right version.
    for saves in 0..SAVES {
        let mut flash = after::<3>(saves);
        let region = 0..3 * ERASE as u32;
        let mut next = Storage::<_, 3, FRAME>::new(&mut flash, region, 7);
        if saves > 0 {
            let refused = Err(Error::Version(VERSION));
            assert_eq!(next.load(), refused, "{saves}");
            assert_eq!(next.save(b"of the next firmware"), Err(Error::Version(VERSION)), "{saves}");
            next.erase().unwrap();
        }
        next.save(b"of the next firmware").unwrap();
        let bytes = flash.bytes.clone();
        assert_eq!(found::<3>(&mut flash), Err(Error::Version(7)));
        assert_eq!(flash.bytes, bytes);
    }
}

#[test]
fn worn_flash_is_noticed_and_what_was_saved_stays() {
    for word in 0..FRAME / sim::WRITE {
        let mut flash = after::<2>(2);
        flash.worn = Some(word);
        let mut storage = storage::<2>(&mut flash);
        // Whether it shows depends on whether the word belongs to the frame.
        match storage.save(&[0; 60]) {
            Ok(()) => assert!(word * sim::WRITE >= 16 + 60 + 16, "{word}"),
            Err(error) => {
                assert_eq!(error, Error::NotKept, "{word}");
                // The next attempt must not touch what was saved either.
                assert_eq!(storage.save(&[0; 60]), Err(Error::NotKept), "{word}");
                assert_eq!(found::<2>(&mut flash), Ok(Some(content(1))), "{word}");
                flash.worn = None;
                assert_eq!(save::<2>(&mut flash, b"better"), Ok(()));
                assert_eq!(found::<2>(&mut flash), Ok(Some(b"better".to_vec())));
            }
        }
    }
}

#[test]
fn wrong_regions_and_lengths_are_refused() {
    let mut flash = after::<2>(1);
    let end = 2 * ERASE as u32;
    for region in [0..end - 1, 0..ERASE as u32, 0..0, 0..end + 2, 1..end + 1] {
        let opened = Storage::<_, 2, FRAME>::new(&mut flash, region.clone(), VERSION).load().err();
        let is_refused = matches!(opened, Some(Error::Region | Error::Flash(_)));
        assert!(is_refused || region.start == 1, "{region:?}: {opened:?}");
    }
    let mut too_small = Storage::<_, 2, { 2 * ERASE }>::new(&mut flash, 0..end, VERSION);
    assert_eq!(too_small.load(), Err(Error::Region));
    assert_eq!(too_small.save(b""), Err(Error::Region));

    let longest = FRAME - 32;
    for (length, expected) in [(longest, Ok(())), (longest + 1, Err(Error::TooLong))] {
        assert_eq!(save::<2>(&mut flash, &vec![1; length]), expected);
    }
    assert_eq!(save::<2>(&mut flash, &vec![1; 65_536]), Err(Error::TooLong));
    assert_eq!(found::<2>(&mut flash), Ok(Some(vec![1; longest])));
}

const NOW: u64 = 1_800_000_000;
const SECRET: [u8; 32] = [7; 32];

/// A token of its own for each number, each issued a second later.
fn token(number: u64) -> String {
    let encode = Base64UrlUnpadded::encode_string;
    let issued_at = NOW + number;
    let claims = format!(r#"{{"jti":"{number}","iat":{issued_at},"exp":{}}}"#, issued_at + 3600);
    let signed = format!("{}.{}", encode(br#"{"alg":"HS256"}"#), encode(claims.as_bytes()));
    let mac = Key::<Hs256>::new(&SECRET).unwrap().mac(signed.as_bytes()).unwrap();
    format!("{signed}.{}", encode(&mac))
}

/// Shows a token to a door with this state.
fn admit(state: &mut State, token: &str) -> Result<(), JwtError> {
    let policy = Policy::builder().build()?;
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET)?, policy);
    let State { guard, revocations, floor } = state;
    let mut buffer = [0; 128];
    let now = Time::Known(NOW + 60);
    let token = verifier.verify_with(token.as_bytes(), now, revocations, guard, &mut buffer)?;
    floor.raise(&token);
    Ok(())
}

type Door<'f> = Storage<&'f mut SimFlash, 3, { frame_size(State::MAX_SAVED_LENGTH) }>;

fn start(flash: &mut SimFlash) -> (State, Door<'_>) {
    let mut storage = Door::new(flash, 0..3 * ERASE as u32, State::VERSION);
    let mut state = State::blank();
    if let Some(saved) = storage.load().unwrap() {
        state.restore(saved).unwrap();
    }
    (state, storage)
}

fn restored(saved: &[u8]) -> Result<State, JwtError> {
    let mut state = State::blank();
    state.restore(saved).map(|()| state)
}

fn bytes(state: &State) -> Vec<u8> {
    state.save(&mut [0; State::MAX_SAVED_LENGTH]).unwrap().to_vec()
}

#[test]
fn token_accepted_before_a_completed_save_is_refused_after_any_power_loss() {
    const TOKENS: u64 = 20; // more than the guard remembers
    let cuts = [Cut::Before, Cut::After, Cut::SomeBits, Cut::Garbage, Cut::Unstable];
    let tokens: Vec<String> = (0..TOKENS).map(token).collect();
    let mut flash = SimFlash::blank(3);
    start(&mut flash).1.save(&bytes(&State::blank())).unwrap();
    for (number, shown) in tokens.iter().enumerate() {
        let old = bytes(&start(&mut flash).0);
        let mut new = None;
        for (step, cut) in (0..).flat_map(|step| cuts.map(|cut| (step, cut))) {
            let case = format!("token {number}, step {step}, {cut:?}");
            let mut cut_flash = flash.clone();
            cut_flash.cut_at(step, cut);
            let (mut state, mut storage) = start(&mut cut_flash);
            admit(&mut state, shown).unwrap();
            state.revocations.revoke_issued_before(NOW - 60 + number as u64);
            let new = &*new.get_or_insert(bytes(&state));
            let is_done = storage.save(&bytes(&state)).is_ok();

            cut_flash.restart();
            let (mut state, _) = start(&mut cut_flash);
            let left = bytes(&state);
            assert!(left == *new || left == old && !is_done, "{case}");
            for used in &tokens[..number] {
                let refused = admit(&mut state, used).expect_err(&case);
                let is_known = matches!(refused, JwtError::Replayed | JwtError::ReplayNotExcluded);
                assert!(is_known, "{case}: {refused}");
            }
            if is_done {
                assert_eq!(admit(&mut state, shown), Err(JwtError::Replayed), "{case}");
                flash = cut_flash;
                break;
            }
        }
    }
}

#[test]
fn saved_state_is_restored_whole_or_refused() {
    let mut state = State::blank();
    admit(&mut state, &token(1)).unwrap();
    state.revocations.revoke_subject("erika", NOW).unwrap();
    let saved = bytes(&state);
    assert_eq!(bytes(&restored(&saved).unwrap()), saved);
    for length in 0..saved.len() {
        let restored = restored(&saved[..length]).err();
        assert_eq!(restored, Some(JwtError::InvalidSavedState), "{length}");
    }
    for place in 0..saved.len() {
        let mut damaged = saved.clone();
        damaged[place] ^= 1;
        assert!(restored(&damaged).is_err(), "{place}");
    }

    // Full, it fits into the memory for it.
    for number in 0..100 {
        admit(&mut state, &token(number + 2)).unwrap();
        _ = state.revocations.revoke_jwt_id(&number.to_string(), NOW);
    }
    assert_eq!(bytes(&state).len(), State::MAX_SAVED_LENGTH);
    assert_eq!(bytes(&restored(&bytes(&state)).unwrap()), bytes(&state));
}
