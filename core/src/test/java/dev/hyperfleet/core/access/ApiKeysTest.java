package dev.hyperfleet.core.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.control.Quota;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ApiKeysTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final FakeStore store = new FakeStore();
    private final ApiKeys keys = new ApiKeys(store, Clock.fixed(NOW, ZoneOffset.UTC), new Random(7));

    private static final class FakeStore implements ApiKeyStore {
        final List<ApiKey> kept = new ArrayList<>();

        @Override
        public List<ApiKey> keys() {
            return List.copyOf(kept);
        }

        @Override
        public Optional<ApiKey> find(String sha256) {
            return kept.stream().filter(key -> key.sha256().equals(sha256)).findFirst();
        }

        @Override
        public void insert(ApiKey key) {
            kept.add(key);
        }

        @Override
        public boolean delete(String idOrName) {
            return kept.removeIf(key -> key.name().equals(idOrName));
        }
    }

    private String create(String name) {
        return keys.create(name, Set.of(Scope.ALL), Quota.NONE, Optional.empty());
    }

    @Test
    void onlyTheWholeKeyIsValid() {
        String key = create("a");
        assertThat(keys.authenticate(key)).map(ApiKey::name).contains("a");
        for (int length = 0; length < key.length(); length++) {
            assertThat(keys.authenticate(key.substring(0, length))).isEmpty();
        }
        assertThat(keys.authenticate(key + key.charAt(10))).isEmpty();
        assertThat(keys.authenticate(store.kept.getFirst().sha256())).isEmpty();
    }

    @Test
    void theKeyItselfIsNotKept() {
        String key = create("a");
        assertThat(store.kept.toString()).doesNotContain(key.substring(ApiKeys.PREFIX.length()));
        assertThat(store.kept.getFirst().sha256()).matches("[0-9a-f]{64}");
    }

    @Test
    void aKeyIsInvalidFromItsExpiryOnAndAfterItsRevocation() {
        String past = keys.create("past", Set.of(Scope.ALL), Quota.NONE, Optional.of(NOW));
        String future =
                keys.create("future", Set.of(Scope.ALL), Quota.NONE, Optional.of(NOW.plus(Duration.ofNanos(1))));
        assertThat(keys.authenticate(past)).isEmpty();
        assertThat(keys.authenticate(future)).isPresent();
        assertThat(keys.revoke("future")).isTrue();
        assertThat(keys.authenticate(future)).isEmpty();
    }
}
