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

    private final ApiKeyStore store;
    private final Clock clock;
    private final RandomGenerator random;

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
        return store.find(Sha256.of(key))
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
