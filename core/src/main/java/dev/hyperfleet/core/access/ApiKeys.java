package dev.hyperfleet.core.access;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.core.control.Quota;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Creates, checks, rotates and revokes API keys. Safe for concurrent use. */
public final class ApiKeys {
    /** The prefix of every key. */
    public static final String PREFIX = "hf_";

    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int KEY_LENGTH = 40; // 238 bits
    private static final int ID_LENGTH = 10;

    /** The name of the key of {@link #createLocal}; no other key can have it. */
    public static final String LOCAL = "this host";

    private final ApiKeyStore store;
    private final Clock clock;
    private final RandomGenerator random;
    private volatile Optional<ApiKey> local = Optional.empty();

    /**
     * @param random cryptographically strong
     */
    public ApiKeys(ApiKeyStore store, Clock clock, RandomGenerator random) {
        this.store = store;
        this.clock = clock;
        this.random = random;
    }

    /** Creates a key and returns it; it cannot be retrieved later. */
    public String create(String name, Set<Scope> scopes, Quota quota, Optional<Instant> expiresAt) {
        String key = PREFIX + text(KEY_LENGTH);
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        store.insert(new ApiKey(text(ID_LENGTH), name, Sha256.of(key), scopes, quota, now, expiresAt));
        return key;
    }

    /**
     * Creates the key of the server's own host, which may do everything. It is not stored, and so ends with the server.
     */
    public String createLocal() {
        String key = PREFIX + text(KEY_LENGTH);
        local = Optional.of(new ApiKey(
                LOCAL, // the same for the next server, so that a request can be repeated there
                LOCAL,
                Sha256.of(key),
                Set.of(Scope.ALL),
                Quota.NONE,
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                Optional.empty()));
        return key;
    }

    public List<ApiKey> list() {
        return store.keys();
    }

    /** The quota of the key of this name; a revoked key has none. */
    public Quota quota(String name) {
        return store.keys().stream()
                .filter(key -> key.name().equals(name))
                .findFirst()
                .map(ApiKey::quota)
                .orElse(Quota.NONE);
    }

    /**
     * Gives a key a new secret, and returns it; it cannot be retrieved later. All else about the key stays, so that it
     * makes no difference which of its secrets a request carries. If this is done again during the grace, the oldest
     * secret ends: no more than two are valid.
     *
     * @param grace how long the present secret stays valid; 0 ends it at once
     * @return empty if there is no such key
     * @throws HyperfleetException {@link ErrorCode#CONFLICT} if the key has expired
     */
    public Optional<String> rotate(String idOrName, Duration grace) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Optional<ApiKey> key = store.keys().stream()
                .filter(each -> each.id().equals(idOrName) || each.name().equals(idOrName))
                .findFirst();
        if (key.isEmpty()) {
            return Optional.empty();
        }
        if (key.get().hasExpired(now)) {
            throw new HyperfleetException(
                    ErrorCode.CONFLICT,
                    "The key '%s' has expired, and a new secret would not be valid either. Revoke it, and create another."
                            .formatted(key.get().name()));
        }
        String secret = PREFIX + text(KEY_LENGTH);
        Optional<Instant> until = grace.isPositive() ? Optional.of(now.plus(grace)) : Optional.empty();
        return store.rotate(key.get().id(), Sha256.of(secret), until) ? Optional.of(secret) : Optional.empty();
    }

    /** Revokes a key with all its secrets, at once and for ever; returns whether there was one. */
    public boolean revoke(String idOrName) {
        return store.delete(idOrName);
    }

    /**
     * The valid key that this text is, looked up by its hash. The lookup's timing may reveal something about the hashes
     * of other keys, but nothing about any key: a key has 238 random bits.
     */
    public Optional<ApiKey> authenticate(String key) {
        Instant now = clock.instant();
        String hash = Sha256.of(key);
        return local.filter(own -> own.sha256().equals(hash))
                .or(() -> store.find(hash))
                .filter(known -> known.accepts(hash, now));
    }

    private String text(int length) {
        StringBuilder text = new StringBuilder(length);
        while (text.length() < length) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return text.toString();
    }
}
