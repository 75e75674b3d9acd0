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

/** Makes, checks and revokes API keys. Safe for concurrent use. */
public final class ApiKeys {
    /** What every key begins with. */
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

    /** Makes a key and returns it: this is the only time that it can be seen. */
    public String create(String name, Set<Scope> scopes, Quota quota, Optional<Instant> expiresAt) {
        String key = PREFIX + text(KEY_LENGTH);
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        store.insert(new ApiKey(text(ID_LENGTH), name, Sha256.of(key), scopes, quota, now, expiresAt));
        return key;
    }

    public List<ApiKey> list() {
        return store.keys();
    }

    /** What the machines of the key of this name may use; one that was revoked has no quota any more. */
    public Quota quota(String name) {
        return store.keys().stream()
                .filter(key -> key.name().equals(name))
                .findFirst()
                .map(ApiKey::quota)
                .orElse(Quota.NONE);
    }

    /** Makes a key invalid, at once and for ever; whether there was one. */
    public boolean revoke(String idOrName) {
        return store.delete(idOrName);
    }

    /**
     * The valid key that this is. It is looked up by its hash. How long that takes may tell something of the hashes of
     * other keys, and so nothing of any key: a key has 238 random bits.
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
