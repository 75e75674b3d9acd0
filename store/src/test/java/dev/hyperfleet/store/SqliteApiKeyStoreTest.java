package dev.hyperfleet.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Quota;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteApiKeyStoreTest {
    private static final Quota QUOTA = new Quota(
            OptionalLong.of(1),
            OptionalLong.empty(),
            OptionalLong.of(64),
            OptionalLong.of(1L << 40),
            OptionalLong.of(0),
            OptionalLong.empty());
    private static final Instant THEN = Instant.parse("2026-02-03T04:05:06.789012Z");

    private final FakeTime time = new FakeTime();
    private final Database database;
    private final SqliteApiKeyStore store;

    /** As the command line uses it in a separate process. */
    private final SqliteApiKeyStore other;

    SqliteApiKeyStoreTest(@TempDir Path folder) {
        database = Database.open(folder.resolve("hyperfleet.db"));
        store = new SqliteApiKeyStore(database, time);
        other = new SqliteApiKeyStore(database, time);
    }

    @AfterEach
    void close() {
        store.close();
        other.close();
    }

    @Test
    void aKeyComesBackAsItWasStored() {
        ApiKey all = new ApiKey(
                "id1", "one", "sha1", EnumSet.allOf(Scope.class), QUOTA, THEN, Optional.of(THEN.plusNanos(1_000)));
        ApiKey few = new ApiKey("id2", "two", "sha2", Set.of(Scope.MACHINES_READ), Quota.NONE, THEN, Optional.empty());
        ApiKey none = new ApiKey("id3", "three", "sha3", Set.of(), Quota.NONE, THEN, Optional.empty());
        store.insert(all);
        store.insert(few);
        store.insert(none);
        assertThat(store.keys()).containsExactly(all, few, none);
        assertThat(other.keys()).containsExactly(all, few, none);
    }

    @Test
    void keysAreListedOldestFirst() {
        store.insert(key("a", THEN.plusSeconds(2)));
        store.insert(key("b", THEN));
        store.insert(key("c", THEN.plusSeconds(1)));
        assertThat(store.keys()).extracting(ApiKey::name).containsExactly("b", "c", "a");
    }

    @Test
    void aKeyIsDeletedByItsIdOrByItsName() {
        store.insert(key("one", THEN));
        store.insert(key("two", THEN));
        assertThat(store.delete("id-one")).isTrue();
        assertThat(store.keys()).extracting(ApiKey::name).containsExactly("two");
        assertThat(store.delete("two")).isTrue();
        assertThat(store.keys()).isEmpty();
        assertThat(store.delete("two")).isFalse();
    }

    @Test
    void aNameThatIsTakenIsAConflictAndChangesNothing() {
        store.insert(key("one", THEN));
        ApiKey namesake =
                new ApiKey("another", "one", "another", Set.of(Scope.ALL), Quota.NONE, THEN, Optional.empty());
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> store.insert(namesake))
                .withMessage("A key named 'one' already exists")
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.CONFLICT));
        assertThat(store.keys()).containsExactly(key("one", THEN));
        store.delete("one");
        store.insert(namesake);
        assertThat(store.keys()).containsExactly(namesake);
    }

    @Test
    void aRotatedKeyIsFoundByItsLastTwoSecrets() {
        store.insert(key("one", THEN));
        store.insert(key("two", THEN));
        Instant until = THEN.plusSeconds(60);
        assertThat(store.rotate("id-one", "second", Optional.of(until))).isTrue();
        ApiKey rotated = store.find("second").orElseThrow();
        assertThat(rotated.retired()).contains(new ApiKey.RetiredSecret("sha-one", until));
        assertThat(store.find("sha-one")).contains(rotated);
        assertThat(other.keys()).containsExactly(rotated, key("two", THEN));
        assertThat(store.rotate("id-one", "third", Optional.of(until))).isTrue();
        assertThat(store.find("sha-one")).isEmpty();
        assertThat(store.find("second")).isEqualTo(store.find("third")).isPresent();
        assertThat(store.rotate("id-one", "fourth", Optional.empty())).isTrue();
        assertThat(store.find("third")).isEmpty();
        assertThat(store.rotate("id-none", "fifth", Optional.empty())).isFalse();
        assertThat(store.delete("one")).isTrue();
        assertThat(store.find("fourth")).isEmpty();
    }

    /** A key that was revoked on the command line must not grant access a moment later. */
    @Test
    void aSearchSeesWithinAMillisecondWhatAnotherProcessHasCommitted() {
        other.insert(key("one", THEN));
        assertThat(store.find("sha-one")).contains(key("one", THEN));
        other.delete("one");
        time.now += SqliteApiKeyStore.FRESH.toNanos();
        assertThat(store.find("sha-one")).isEmpty();
        other.insert(key("one", THEN));
        time.now += SqliteApiKeyStore.FRESH.toNanos();
        assertThat(store.find("sha-one")).contains(key("one", THEN));
    }

    @Test
    void aSearchSeesAtOnceWhatThisProcessHasCommitted() {
        store.insert(key("one", THEN));
        assertThat(store.find("sha-one")).isPresent();
        store.insert(key("two", THEN));
        assertThat(store.find("sha-two")).isPresent();
        store.delete("one");
        assertThat(store.find("sha-one")).isEmpty();
        assertThat(store.find("sha-two")).isPresent();
    }

    @Test
    void whatAnotherProcessHasCommittedIsInTheNextList() {
        for (int round = 0; round < 50; round++) {
            assertThat(store.keys()).isEmpty();
            other.insert(key("one", THEN));
            assertThat(store.keys()).containsExactly(key("one", THEN));
            store.insert(key("two", THEN));
            assertThat(other.keys()).hasSize(2);
            assertThat(other.delete("one")).isTrue();
            assertThat(store.keys()).containsExactly(key("two", THEN));
            assertThat(store.delete("two")).isTrue();
            assertThat(other.keys()).isEmpty();
        }
    }

    @Test
    void aScopeThatThisVersionDoesNotKnowAllowsNothing() throws SQLException {
        store.insert(key("one", THEN));
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE api_keys SET scopes = 'machines:read machines:destroy'");
        }
        assertThat(store.keys())
                .singleElement()
                .satisfies(key -> assertThat(key.scopes()).containsExactly(Scope.MACHINES_READ));
    }

    private static ApiKey key(String name, Instant createdAt) {
        return new ApiKey(
                "id-" + name, name, "sha-" + name, Set.of(Scope.ALL), Quota.NONE, createdAt, Optional.empty());
    }

    private static final class FakeTime implements MonotonicClock {
        private long now;

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public <T> T await(Future<T> event, Duration timeout) {
            throw new UnsupportedOperationException("a store does not wait");
        }
    }
}
