package dev.hyperfleet.server;

import dev.hyperfleet.cli.Output;
import dev.hyperfleet.cli.Units;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.access.ApiKeys;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.audit.AuditEntry;
import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.store.Database;
import dev.hyperfleet.store.DatabaseWriter;
import dev.hyperfleet.store.SqliteApiKeyStore;
import dev.hyperfleet.store.SqliteAuditLog;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Creates, lists, rotates and revokes API keys in the database of this host. A running server sees changes at once. */
@Command(name = "keys", description = "Create, list, rotate and revoke API keys, on the server's host.")
final class KeysCommand {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1,63}");
    private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,5})([smhd])");
    private static final Duration MAX_GRACE = Duration.ofDays(90);
    private static final String OLD_SECRET = "old_secret_expires_at";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Command(description = "Create a key and print it; it cannot be shown again.")
    int create(
            @Parameters(paramLabel = "NAME", description = "Its name, which must be unique.") String name,
            @Option(
                            names = "--scope",
                            split = ",",
                            paramLabel = "SCOPE",
                            description =
                                    "machines:read, machines:write, machines:exec, machines:proxy, audit:read, or * (default); may be given more than once. machines:own limits the others to the machines that this key has created.")
                    @Nullable
                    List<String> scopes,
            @Option(
                            names = "--expires",
                            paramLabel = "WHEN",
                            description = "When it expires: after 30m, 12h or 90d, or at a time like "
                                    + "2027-01-31T00:00:00Z. Never by default.")
                    @Nullable
                    String expires,
            @Mixin QuotaOptions quota) {
        if (!NAME.matcher(name).matches()) {
            throw usage("NAME must be 1 to 63 letters, digits, '.', '_', '@' or '-'");
        }
        Set<Scope> allowed = EnumSet.noneOf(Scope.class);
        for (String text : scopes == null ? List.of(Scope.ALL.text()) : scopes) {
            allowed.add(Scope.of(text)
                    .orElseThrow(() ->
                            usage("--scope '%s' is unknown: the known ones are %s".formatted(text, Scope.names()))));
        }
        if (allowed.equals(Set.of(Scope.MACHINES_OWN))) {
            throw usage(
                    "--scope machines:own only limits other scopes: add some, such as machines:read,machines:write");
        }
        if (allowed.containsAll(Set.of(Scope.MACHINES_OWN, Scope.AUDIT_READ))) {
            throw usage("--scope audit:read and machines:own exclude each other: the audit log is about all machines");
        }
        Clock clock = Clock.systemUTC();
        Optional<Instant> expiresAt = Optional.ofNullable(expires).map(text -> time(text, clock.instant()));
        String key = with(keys -> keys.create(name, allowed, quota.quota(), expiresAt));
        record("keys create " + name);
        output().text(key);
        return 0;
    }

    @Command(aliases = "ls", description = "List the keys; the keys themselves are not stored.")
    int list(@Option(names = "--json", description = "Print JSON.") boolean json) {
        Instant now = Instant.now();
        List<ApiKey> keys = with(ApiKeys::list);
        if (json) {
            output().json(keys.stream().map(key -> row(key, now)).toList());
        } else {
            output().table(
                            List.of("id", "name", "secret", "scopes", "created_at", "expires_at"),
                            keys.stream().flatMap(key -> secrets(key, now)).toList());
        }
        return 0;
    }

    /** A line for each valid secret of a key, the newest first. */
    private static Stream<Map<String, Object>> secrets(ApiKey key, Instant now) {
        Map<String, Object> newest = row(key, now);
        newest.put("secret", "current");
        if (!newest.containsKey(OLD_SECRET)) {
            return Stream.of(newest);
        }
        Map<String, Object> old = new TreeMap<>(newest);
        old.put("secret", "old");
        old.put("expires_at", newest.get(OLD_SECRET));
        return Stream.of(newest, old);
    }

    private static Map<String, Object> row(ApiKey key, Instant now) {
        Map<String, Object> row = new TreeMap<>();
        row.put("id", key.id());
        row.put("name", key.name());
        row.put("scopes", key.scopes().stream().map(Scope::text).sorted().toList());
        row.put("created_at", key.createdAt().toString());
        quota(key.quota()).forEach(row::put);
        key.expiresAt().ifPresent(time -> row.put("expires_at", time.toString()));
        key.retired()
                .filter(old -> key.accepts(old.sha256(), now))
                .map(old -> earlier(old.until(), key.expiresAt().orElse(Instant.MAX)))
                .ifPresent(time -> row.put(OLD_SECRET, time.toString()));
        return row;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private static Map<String, Long> quota(Quota quota) {
        Map<String, Long> limits = new TreeMap<>();
        quota.machines().ifPresent(limit -> limits.put("max_machines", limit));
        quota.running().ifPresent(limit -> limits.put("max_running", limit));
        quota.vcpus().ifPresent(limit -> limits.put("max_vcpus", limit));
        quota.memSizeMib().ifPresent(limit -> limits.put("max_mem_size_mib", limit));
        quota.snapshots().ifPresent(limit -> limits.put("max_snapshots", limit));
        quota.snapshotMib().ifPresent(limit -> limits.put("max_snapshot_mib", limit));
        return limits;
    }

    @Command(
            description = "Print a new secret for a key; the old one stays valid for a time. All else stays: id, name, "
                    + "scopes, quota, machines.")
    int rotate(
            @Parameters(paramLabel = "ID|NAME", description = "The key's id or name.") String idOrName,
            @Option(
                            names = "--grace",
                            paramLabel = "TIME",
                            defaultValue = "24h",
                            converter = Units.Time.class,
                            description =
                                    "How long the old secret stays valid: 30m, 24h (default), 7d; 0s ends it at once.")
                    Duration grace) {
        if (grace.compareTo(MAX_GRACE) > 0) {
            throw usage("--grace must be at most %dd".formatted(MAX_GRACE.toDays()));
        }
        Optional<String> secret = with(keys -> keys.rotate(idOrName, grace));
        if (secret.isEmpty()) {
            return unknown(idOrName);
        }
        record("keys rotate " + idOrName);
        output().text(secret.get());
        return 0;
    }

    @Command(description = "Revoke a key with all its secrets, at once and for ever.")
    int revoke(@Parameters(paramLabel = "ID|NAME", description = "The key's id or name.") String idOrName) {
        if (with(keys -> keys.revoke(idOrName))) {
            record("keys revoke " + idOrName);
            return 0;
        }
        return unknown(idOrName);
    }

    private int unknown(String idOrName) {
        output().say("there is no key '%s'. 'hyperfleet keys list' lists all.".formatted(idOrName));
        return 1;
    }

    private Output output() {
        return new Output(spec.commandLine());
    }

    private <T> T with(Function<ApiKeys, T> use) {
        Settings settings = Settings.from(System.getenv());
        Folders.createHome(settings.home());
        try (SqliteApiKeyStore store =
                new SqliteApiKeyStore(Database.open(settings.database()), MonotonicClock.SYSTEM)) {
            return use.apply(new ApiKeys(store, Clock.systemUTC(), new SecureRandom()));
        }
    }

    /** Writes to the audit log, which a server may write to at the same time. */
    private static void record(String command) {
        Settings settings = Settings.from(System.getenv());
        Database database = Database.open(settings.database());
        try (DatabaseWriter writer = new DatabaseWriter(database);
                SqliteAuditLog log =
                        new SqliteAuditLog(database, writer, settings.audit().retention())) {
            log.append(AuditEntry.ofCommand(
                    Instant.now(),
                    command,
                    System.getProperty("user.name"),
                    HexFormat.of().toHexDigits(new SecureRandom().nextLong())));
        }
    }

    private Instant time(String text, Instant now) {
        Matcher matcher = DURATION.matcher(text);
        if (matcher.matches()) {
            long amount = Long.parseLong(matcher.group(1));
            return now.plus(
                    switch (matcher.group(2)) {
                        case "s" -> Duration.ofSeconds(amount);
                        case "m" -> Duration.ofMinutes(amount);
                        case "h" -> Duration.ofHours(amount);
                        default -> Duration.ofDays(amount);
                    });
        }
        try {
            Instant time = Instant.parse(text);
            if (time.isAfter(now)) {
                return time;
            }
        } catch (DateTimeException invalid) {
            // reported below
        }
        throw usage("--expires '%s' must be like 30m, 12h or 90d, or a future time like 2027-01-31T00:00:00Z"
                .formatted(text));
    }

    private ParameterException usage(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }
}
