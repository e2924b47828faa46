//! The load: many clients that send tokens of all kinds, and judge each answer by what happens
//! meanwhile.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::Failure;
use crate::client::Client;
use crate::judge::{Expected, Got, judge};
use crate::tokens::{Issuer, Kind};

/// What is going on, and explains some answers.
#[derive(Clone, Copy)]
pub(crate) enum Trouble {
    /// A gateway is gone, or has come back and is not sure of tokens that are older than itself.
    Gateway,
    /// The store does not answer, or has lost its memory.
    Store,
    /// A worker of nginx was killed.
    Nginx,
    /// The old key is being removed.
    Key,
    /// Mallory is being revoked.
    Revocation,
}

/// At the begin and at the end of each trouble, its number goes up: it is odd meanwhile.
type Troubles = [u64; 5];

/// The state that the clients share with what causes the troubles.
pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) port: u16,
    /// The key that the issuer signs with.
    pub(crate) key: AtomicUsize,
    pub(crate) old_key: AtomicUsize,
    pub(crate) old_key_is_good: AtomicBool,
    pub(crate) mallory_is_good: AtomicBool,
    troubles: [AtomicU64; 5],
    stop: AtomicBool,
    answers: Mutex<BTreeMap<(Kind, String), u64>>,
    wrong: Mutex<Vec<String>>,
    /// Some tokens that were let in lately.
    accepted: Mutex<VecDeque<String>>,
}

impl World {
    pub(crate) fn new(issuer: Issuer, port: u16) -> Arc<Self> {
        Arc::new(Self {
            issuer,
            port,
            key: AtomicUsize::new(0),
            old_key: AtomicUsize::new(0),
            old_key_is_good: AtomicBool::new(true),
            mallory_is_good: AtomicBool::new(true),
            troubles: Default::default(),
            stop: AtomicBool::new(false),
            answers: Mutex::default(),
            wrong: Mutex::default(),
            accepted: Mutex::default(),
        })
    }

    pub(crate) fn begin(&self, trouble: Trouble) {
        self.troubles[trouble as usize].fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn end(&self, trouble: Trouble) {
        self.begin(trouble);
    }

    fn troubles(&self) -> Troubles {
        std::array::from_fn(|trouble| self.troubles[trouble].load(Ordering::SeqCst))
    }

    /// A good token, signed with the key that is in use.
    pub(crate) fn good_token(&self) -> String {
        self.issuer.token(Kind::Good, self.key.load(Ordering::SeqCst), "erika")
    }

    pub(crate) fn is_wrong(&self, what: String) {
        self.wrong.lock().expect("no panic").push(what);
    }

    /// Takes the tokens that were let in lately.
    pub(crate) fn take_accepted(&self) -> Vec<String> {
        self.accepted.lock().expect("no panic").drain(..).collect()
    }

    /// Starts clients, which go on until they are stopped or have made so many requests each.
    pub(crate) fn start(self: &Arc<Self>, clients: usize, most: usize) -> Load {
        let tasks = (0..clients).map(|seed| {
            let world = Arc::clone(self);
            tokio::spawn(async move { Lane::new(world.port, seed).drive(&world, most).await })
        });
        Load { world: Arc::clone(self), tasks: tasks.collect() }
    }
}

/// Clients that run.
pub(crate) struct Load {
    world: Arc<World>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    /// Stops the clients, and prints what they got.
    ///
    /// # Errors
    /// If any answer was wrong.
    pub(crate) async fn finish(self) -> Result<(), Failure> {
        self.world.stop.store(true, Ordering::SeqCst);
        for task in self.tasks {
            task.await?;
        }
        let answers = self.world.answers.lock().expect("no panic");
        let mut kinds: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
        for ((kind, answer), count) in answers.iter() {
            kinds.entry(*kind).or_default().push(format!("{count} x {answer}"));
        }
        for (kind, answers) in &kinds {
            println!("    {:<16}{}", format!("{kind:?}"), answers.join(", "));
        }
        // A load in which some kind was never sent, or nothing let in, proves nothing.
        let is_complete = Kind::BAD.iter().all(|kind| kinds.contains_key(kind));
        let was_let_in = answers.contains_key(&(Kind::Good, "200".to_owned()));
        let wrong = self.world.wrong.lock().expect("no panic");
        for what in wrong.iter().take(20) {
            println!("    WRONG {what}");
        }
        let count: u64 = answers.values().sum();
        println!("    {count} answers, {} wrong", wrong.len());
        match is_complete && was_let_in && wrong.is_empty() {
            true => Ok(()),
            false => Err("some answers were wrong, or not all kinds of tokens were sent".into()),
        }
    }
}

/// Three connections, so that copies of a token arrive at the same time.
struct Lane {
    clients: [Client; 3],
    random: u64,
}

impl Lane {
    fn new(port: u16, seed: usize) -> Self {
        let random = 0x9e37_79b9_7f4a_7c15 ^ (seed as u64 + 1);
        Self { clients: [0; 3].map(|_| Client::new(port)), random }
    }

    /// A number below `bound`, the same in each run (xorshift).
    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 32) % bound
    }

    async fn drive(mut self, world: &World, most: usize) {
        for _ in 0..most {
            if world.stop.load(Ordering::SeqCst) {
                return;
            }
            self.step(world).await;
            // Leaves the machine some time for those that are tested.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        world.is_wrong("the load ended before the test did".to_owned());
    }

    /// Sends one token, perhaps several times at once, and judges the answers.
    async fn step(&mut self, world: &World) {
        let kind = match self.below(10) {
            0..4 => Kind::Good,
            4 => Kind::Long,
            5 => Kind::Mallory,
            6 => Kind::OldKey,
            _ => Kind::BAD[self.below(Kind::BAD.len() as u64) as usize],
        };
        let before = world.troubles();
        let (key, subject) = match kind {
            Kind::Mallory => (&world.key, "mallory"),
            Kind::OldKey => (&world.old_key, "erika"),
            _ => (&world.key, ["erika", "heinz", "Jürgen"][self.below(3) as usize]),
        };
        let key = key.load(Ordering::SeqCst);
        let (old_key_is_good, mallory_is_good) = (
            world.old_key_is_good.load(Ordering::SeqCst),
            world.mallory_is_good.load(Ordering::SeqCst),
        );
        let token = world.issuer.token(kind, key, subject);
        let copies = 1 + self.below(3);
        let paths = [0; 3].map(|_| ["/whoami", "/app/page"][self.below(2) as usize]);
        let [a, b, c] = &mut self.clients;
        let got = tokio::join!(
            send(world, a, paths[0], &token, subject),
            async {
                if copies > 1 {
                    Some(send(world, b, paths[1], &token, subject).await)
                } else {
                    None
                }
            },
            async {
                if copies > 2 {
                    Some(send(world, c, paths[2], &token, subject).await)
                } else {
                    None
                }
            },
        );
        let got: Vec<_> = [Some(got.0), got.1, got.2].into_iter().flatten().collect();
        let after = world.troubles();
        let is_in = |trouble: Trouble| {
            let trouble = trouble as usize;
            before[trouble] != after[trouble] || before[trouble] % 2 == 1
        };

        let expected = match kind {
            Kind::Good | Kind::Long => Expected::One,
            Kind::OldKey if is_in(Trouble::Key) => Expected::OneOrNone,
            Kind::OldKey if old_key_is_good => Expected::One,
            Kind::Mallory if is_in(Trouble::Revocation) => Expected::OneOrNone,
            Kind::Mallory if mallory_is_good => Expected::One,
            _ => Expected::None,
        };
        {
            let mut answers = world.answers.lock().expect("no panic");
            for got in &got {
                *answers.entry((kind, got.to_string())).or_default() += 1;
            }
        }
        if got.contains(&Got::Status(200)) {
            let mut accepted = world.accepted.lock().expect("no panic");
            accepted.push_back(token);
            if accepted.len() > 300 {
                accepted.pop_front();
            }
        }
        let refused = if kind == Kind::TooLong { 400 } else { 401 };
        let may_be_503 =
            is_in(Trouble::Gateway) || is_in(Trouble::Store) && expected != Expected::None;
        if let Err(why) = judge(&got, expected, refused, may_be_503, is_in(Trouble::Nginx)) {
            let got: Vec<_> = got.iter().map(Got::to_string).collect();
            world.is_wrong(format!("{kind:?} to {paths:?}: {}: {why}", got.join(", ")));
        }
    }
}

/// Sends a token, and checks what belongs to the status.
async fn send(world: &World, client: &mut Client, path: &str, token: &str, subject: &str) -> Got {
    let Ok(answer) = client.get_with(path, token).await else { return Got::Lost };
    let status = answer.status.as_u16();
    let challenge = answer.header("www-authenticate");
    let subject = if path == "/whoami" { subject } else { &subject.replace('ü', "%C3%BC") };
    let is_right = match status {
        200 if path == "/whoami" => answer.body == format!("{subject}\n"),
        200 => {
            let line = format!("x-auth-subject: {subject}\n");
            answer.body.contains(&line) && !answer.body.contains("authorization:")
        }
        401 => challenge == Some("Bearer realm=\"gateway\", error=\"invalid_token\""),
        503 => answer.header("retry-after") == Some("1") && challenge.is_none(),
        _ => true,
    };
    if !is_right {
        world.is_wrong(format!("{path}: {status} with {challenge:?} and {:?}", answer.body));
    }
    Got::Status(status)
}
