package dev.hyperfleet.core.access;

import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.core.control.Quota;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Creates, checks and revokes API keys. Safe for concurrent use. */
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

    /** Revokes a key, at once and for ever; returns whether there was one. */
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
                .filter(valid -> valid.expiresAt().map(now::isBefore).orElse(true));
    }

    private String text(int length) {
        StringBuilder text = new StringBuilder(length);
        while (text.length() < length) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return text.toString();
    }
}
