/* Checks a line and acts on it.

   One issuer signs two kinds of token with the same keys: access tokens open the door, time messages
   set its clock. `typ` tells them apart, and each kind has a policy that refuses the other (RFC 8725
   sections 3.11 and 3.12).

   Each access token opens the door once. What the door has to remember for that is in flash before
   the bolt is drawn: if the power fails in between, a token is lost, not used twice.

   The clock trusts the issuer, who could open the door anyway. It is never set back, nor to before
   the latest time that a token has told, even after a power loss. examples/door-lock says which
   attack remains. */
#include "lock.h"

#include "door.h"
#include "keys.h"
#include "names.h"
#include "state.h"
#include "storage.h"

#define ISSUER "https://id.example"
/* How many seconds the bolt stays drawn, if the token doesn't say. */
#define OPEN_FOR 3
/* Enough for a token whose header and payload have up to 640 characters together: decoded, they take
   three quarters of that. */
#define BUFFER 480

static const char *const access_claims[] = { "sub", "jti" };
static const char *const time_claims[] = { "iat" };

/* For access tokens: they have `exp`, which is the default, and `sub` and `jti`. The maximum lifetime
   requires `iat`, too. */
static const ejwt_policy access_policy = {
    .issuer = ISSUER,
    .audience = DOOR,
    .typ = "JWT",
    .leeway = 30,
    .required_claims = access_claims,
    .required_claims_length = 2,
    .maximum_lifetime = LIFETIME,
};
/* For time messages: they set the clock to their `iat`. They have no `exp`, which could not be checked
   before the clock is set. Nor can a key's times. */
static const ejwt_policy time_policy = {
    .issuer = ISSUER,
    .audience = DOOR,
    .typ = "time+jwt",
    .leeway = 30,
    .required_claims = time_claims,
    .required_claims_length = 1,
    .flags = EJWT_ALLOW_MISSING_EXPIRATION | EJWT_ALLOW_UNCERTAIN_TIME,
};

static const refusal accepted = { EJWT_OK, 0 };

static ejwt_key_set keys;
static state memory;
/* The time to which the clock was set, and the uptime at that moment. */
static bool is_clock_set;
static uint64_t clock_set_to, clock_set_at;
static uint8_t buffer[BUFFER];
static ejwt_incoming incoming;

static refusal because(ejwt_code code)
{
    return (refusal){ code, 0 };
}

static refusal save(void)
{
    static uint8_t saved[STATE_SAVED_SIZE];
    _Static_assert(STATE_SAVED_SIZE <= STORAGE_CAPACITY, "the storage is too small");
    size_t length;
    ejwt_code code = state_save(&memory, saved, &length);
    if (code != EJWT_OK)
        return because(code);
    return storage_save(saved, length) ? accepted : because(LOCK_NOT_SAVED);
}

refusal lock_start(void)
{
    ejwt_code code = keys_provision(&keys);
    if (code == EJWT_OK)
        code = state_init(&memory);
    if (code == EJWT_OK)
        code = ejwt_incoming_init(&incoming, buffer, sizeof buffer);
    if (code != EJWT_OK)
        return because(code);
    const uint8_t *saved;
    size_t length;
    switch (storage_load(&saved, &length)) {
    case STORAGE_FOUND: return because(state_restore(&memory, saved, length));
    /* The very first start. */
    case STORAGE_EMPTY: return save();
    default: return because(LOCK_NO_STATE);
    }
}

/* The time by the clock. A token that is newer shows that the clock is slow. */
static ejwt_time time_now(void)
{
    ejwt_time clock = ejwt_time_unknown(), time = clock;
    if (is_clock_set) {
        uint64_t now = clock_set_to + (door_uptime() - clock_set_at), floor = state_floor(&memory);
        clock = ejwt_time_known(now > floor ? now : floor);
    }
    /* If it fails, the time is unknown. */
    ejwt_time_floor_with_clock(&memory.floor, clock, &time);
    return time;
}

/* What an access token says besides its registered claims: residents may hold the door open for a
   minute, guests not. */
static bool read_access(const ejwt_token *token, uint8_t *seconds)
{
    bool is_resident = ejwt_claim_is(token, "role", "resident") == EJWT_OK;
    if (!is_resident && ejwt_claim_is(token, "role", "guest") != EJWT_OK)
        return false;
    int32_t open_for;
    ejwt_code code = ejwt_claim_i32(token, "open_for", &open_for);
    if (code == EJWT_MISSING_MEMBER) {
        *seconds = OPEN_FOR;
        return true;
    }
    *seconds = (uint8_t)open_for;
    return code == EJWT_OK && is_resident && 0 <= open_for && open_for <= 60;
}

/* Asked before the replay guard, so a token that is refused here is not used up. */
static ejwt_code may_open(void *seconds, const ejwt_token *token)
{
    return read_access(token, seconds) ? EJWT_OK : EJWT_REFUSED_BY_APPLICATION;
}

static refusal open_door(void)
{
    uint8_t seconds = 0;
    ejwt_checks checks = {
        .revocations = &memory.revocations,
        .check = may_open,
        .context = &seconds,
        .replay_guard = &memory.guard,
    };
    ejwt_token token;
    ejwt_code code =
        ejwt_key_set_incoming_verify(&incoming, &keys, &access_policy, time_now(), &checks, &token);
    if (code != EJWT_OK)
        return (refusal){ code, token.detail };
    /* As JSON, in quotes: a line break in a name must not look like a new answer. */
    const char *subject;
    size_t length;
    code = ejwt_claim_json(&token, "sub", &subject, &length);
    if (code == EJWT_OK)
        code = ejwt_time_floor_raise(&memory.floor, &token, NULL);
    if (code != EJWT_OK)
        return because(code);
    refusal saved = save();
    if (saved.code != EJWT_OK)
        return saved;
    door_open(seconds);
    door_show(0);
    door_say("open " DOOR " ");
    door_say_bytes(subject, length);
    door_say("\n");
    return accepted;
}

/* Where in the claims set a claim's value is. */
static uint32_t position_of(const ejwt_token *token, const char *name)
{
    const char *claims, *value;
    size_t length;
    if (ejwt_claims_json(token, &claims, &length) != EJWT_OK ||
        ejwt_claim_json(token, name, &value, &length) != EJWT_OK)
        return 0;
    return (uint32_t)(value - claims);
}

/* Revokes what the subject that a time message names got up to then, also if the message comes late:
   only its own time counts, so one that was recorded takes no newer token away. `now` gets the time,
   if the clock may be set to it. */
static refusal take_news(const ejwt_token *token, ejwt_time time, uint64_t *now)
{
    int64_t issued_at;
    ejwt_code code = ejwt_claim_date(token, "iat", &issued_at, NULL);
    if (code != EJWT_OK)
        return because(code);
    if (issued_at < 0)
        return because(EJWT_INVALID_ISSUED_AT);
    *now = (uint64_t)issued_at;

    char subject[BUFFER + 1];
    code = ejwt_claim_string(token, "revoke", subject, sizeof subject, NULL);
    if (code != EJWT_OK && code != EJWT_MISSING_MEMBER)
        return (refusal){ code, position_of(token, "revoke") };
    bool revokes = code == EJWT_OK;

    /* The floor itself is refused too: it is the time of a message that was used. */
    bool is_behind = *now <= state_floor(&memory) ||
                     (time.knowledge == EJWT_KNOWN && *now < time.seconds);
    code = ejwt_time_floor_raise(&memory.floor, token, NULL);
    if (code != EJWT_OK)
        return because(code);
    uint64_t floor = state_floor(&memory);
    if (*now > floor)
        return because(LOCK_CLOCK_TOO_FAR_AHEAD);
    if (revokes) {
        code = ejwt_revoke_subject(&memory.revocations, subject, *now + 1);
        if (code == EJWT_REVOCATIONS_FULL) {
            /* One time for all takes the list's place: all have to get new tokens. It is the floor's,
               which is behind no message, so each name in the list stays revoked. */
            code = ejwt_revocations_init(&memory.revocations, sizeof memory.revocations);
            if (code == EJWT_OK)
                code = ejwt_revoke_issued_before(&memory.revocations, floor + 1);
        }
        if (code != EJWT_OK)
            return because(code);
    }
    return is_behind ? because(LOCK_CLOCK_WOULD_GO_BACK) : accepted;
}

static refusal set_clock(void)
{
    ejwt_time time = time_now();
    ejwt_token token;
    ejwt_code code =
        ejwt_key_set_incoming_verify(&incoming, &keys, &time_policy, time, NULL, &token);
    if (code != EJWT_OK)
        return (refusal){ code, token.detail };
    uint64_t now = 0;
    refusal news = take_news(&token, time, &now);
    /* A late message may have revoked something, too. */
    refusal saved = save();
    if (saved.code != EJWT_OK)
        return saved;
    if (news.code != EJWT_OK)
        return news;
    is_clock_set = true;
    clock_set_to = now;
    clock_set_at = door_uptime();
    door_say("clock ");
    door_say_number(now);
    door_say("\n");
    return accepted;
}

static bool is_line_end(uint8_t byte)
{
    return byte == '\n' || byte == '\r';
}

refusal lock_hear(void)
{
    /* The start of a line that sets the clock. A token has no space, so none starts like this. */
    static const char prefix[] = "time ";
    const size_t prefix_length = sizeof prefix - 1;
    uint8_t byte = door_receive();
    if (is_line_end(byte))
        return accepted;
    size_t matched = 0;
    while (matched < prefix_length && byte == (uint8_t)prefix[matched]) {
        matched++;
        byte = door_receive();
    }
    bool sets_clock = matched == prefix_length;
    /* If the prefix isn't whole, its bytes belong to a token. Reads each line to its end, even after an
       error: verification returns that error again. */
    if (!sets_clock)
        ejwt_incoming_push(&incoming, prefix, matched);
    while (!is_line_end(byte)) {
        ejwt_incoming_push(&incoming, &byte, 1);
        byte = door_receive();
    }
    /* Takes the time at the end of the line: a token that expires while it arrives is refused. */
    return sets_clock ? set_clock() : open_door();
}

void lock_say(refusal why)
{
    static const char *const segments[] = { "Header", "Payload", "Signature" };
    switch (why.code) {
    case LOCK_NO_STATE: door_say("NoState"); return;
    case LOCK_NOT_SAVED: door_say("NotSaved"); return;
    case LOCK_CLOCK_TOO_FAR_AHEAD: door_say("ClockTooFarAhead"); return;
    case LOCK_CLOCK_WOULD_GO_BACK: door_say("ClockWouldGoBack"); return;
    default: door_say(name_of(why.code));
    }
    const char *detail = NULL;
    switch (why.code) {
    case EJWT_BUFFER_TOO_SMALL: detail = " { needed: "; break;
    case EJWT_INVALID_BASE64URL: detail = " { segment: "; break;
    case EJWT_MISSING_CLAIM: detail = " { index: "; break;
    case EJWT_UNREADABLE_VALUE: detail = " { position: "; break;
    default: return;
    }
    door_say(detail);
    if (why.code == EJWT_INVALID_BASE64URL && why.detail < 3)
        door_say(segments[why.detail]);
    else
        door_say_number(why.detail);
    door_say(" }");
}
