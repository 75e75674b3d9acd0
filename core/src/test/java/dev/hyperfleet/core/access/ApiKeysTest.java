package dev.hyperfleet.core.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.access.ApiKey.RetiredSecret;
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
    private final ApiKeys keys = at(NOW);

    private static final class FakeStore implements ApiKeyStore {
        final List<ApiKey> kept = new ArrayList<>();

        @Override
        public List<ApiKey> keys() {
            return List.copyOf(kept);
        }

        @Override
        public Optional<ApiKey> find(String sha256) {
            return kept.stream()
                    .filter(key -> key.sha256().equals(sha256)
                            || key.retired()
                                    .filter(old -> old.sha256().equals(sha256))
                                    .isPresent())
                    .findFirst();
        }

        @Override
        public void insert(ApiKey key) {
            kept.add(key);
        }

        @Override
        public boolean rotate(String id, String sha256, Optional<Instant> until) {
            kept.replaceAll(key -> key.id().equals(id)
                    ? new ApiKey(
                            id,
                            key.name(),
                            sha256,
                            key.scopes(),
                            key.quota(),
                            key.createdAt(),
                            key.expiresAt(),
                            until.map(end -> new RetiredSecret(key.sha256(), end)))
                    : key);
            return true;
        }

        @Override
        public boolean delete(String idOrName) {
            return kept.removeIf(key -> key.name().equals(idOrName));
        }
    }

    private ApiKeys at(Instant now) {
        return new ApiKeys(store, Clock.fixed(now, ZoneOffset.UTC), new Random(7));
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

    @Test
    void bothSecretsOfARotatedKeyAreTheSameKeyUntilTheGraceEnds() {
        String old = create("a");
        ApiKey before = keys.authenticate(old).orElseThrow();
        String fresh = keys.rotate("a", Duration.ofHours(1)).orElseThrow();
        assertThat(keys.authenticate(old)).isEqualTo(keys.authenticate(fresh)).isPresent();
        assertThat(keys.authenticate(fresh)).map(ApiKey::id).contains(before.id());
        ApiKeys later = at(NOW.plus(Duration.ofHours(1)));
        assertThat(at(NOW.plus(Duration.ofHours(1)).minusNanos(1)).authenticate(old))
                .isPresent();
        assertThat(later.authenticate(old)).isEmpty();
        assertThat(later.authenticate(fresh)).isPresent();
    }

    @Test
    void withoutGraceTheOldSecretEndsAtOnce() {
        String old = create("a");
        String fresh = keys.rotate("a", Duration.ZERO).orElseThrow();
        assertThat(keys.authenticate(old)).isEmpty();
        assertThat(keys.authenticate(fresh)).isPresent();
    }

    @Test
    void noMoreThanTwoSecretsAreValid() {
        String first = create("a");
        String second = keys.rotate("a", Duration.ofDays(1)).orElseThrow();
        String third = keys.rotate("a", Duration.ofHours(1)).orElseThrow();
        assertThat(keys.authenticate(first)).isEmpty();
        assertThat(keys.authenticate(second)).isPresent();
        assertThat(keys.authenticate(third)).isPresent();
    }

    @Test
    void aRevocationEndsBothSecrets() {
        String old = create("a");
        String fresh = keys.rotate("a", Duration.ofDays(1)).orElseThrow();
        keys.revoke("a");
        assertThat(keys.authenticate(old)).isEmpty();
        assertThat(keys.authenticate(fresh)).isEmpty();
    }

    @Test
    void aRotationDoesNotExtendAKeysLife() {
        String old = keys.create("a", Set.of(Scope.ALL), Quota.NONE, Optional.of(NOW.plusSeconds(1)));
        String fresh = keys.rotate("a", Duration.ofDays(1)).orElseThrow();
        ApiKeys later = at(NOW.plusSeconds(1));
        assertThat(later.authenticate(old)).isEmpty();
        assertThat(later.authenticate(fresh)).isEmpty();
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> later.rotate("a", Duration.ofDays(1)))
                .withMessageStartingWith("The key 'a' has expired");
        assertThat(keys.rotate("never-made", Duration.ZERO)).isEmpty();
    }
}
