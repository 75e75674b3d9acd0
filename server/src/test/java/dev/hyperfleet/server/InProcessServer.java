package dev.hyperfleet.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.FakeGuest;
import dev.hyperfleet.core.control.FakeHost;
import dev.hyperfleet.core.control.FakeHostPort;
import dev.hyperfleet.core.control.Fate;
import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.core.machine.MachineDefaults;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.Specs;
import dev.hyperfleet.http.HttpServer;
import dev.hyperfleet.proxy.ProxyServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** A server in the tests' own process: all of it is real except the host and the guests, which are fakes. */
public final class InProcessServer implements AutoCloseable {
    private static final int CAPACITY = 1000;
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final Path home;
    private final Closings closings;
    private final FakeHost host;
    private final AccessModule access;
    private final HttpServer api;

    private InProcessServer(Path home, Closings closings, FakeHost host, AccessModule access, HttpServer api) {
        this.home = home;
        this.closings = closings;
        this.host = host;
        this.access = access;
        this.api = api;
    }

    /**
     * Starts a server on a free port of the loopback address, with an empty database in its own folder.
     *
     * @param options settings other than the tests' usual ones, as environment variables
     */
    public static InProcessServer start(Map<String, String> options) {
        try {
            return start(Files.createTempDirectory("hyperfleet-routes-"), options);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static InProcessServer start(Path home, Map<String, String> options) {
        Map<String, String> variables = new HashMap<>(Map.of(
                "HYPERFLEET_HOME",
                home.toString(),
                "HYPERFLEET_SOCKET_DIR",
                home.toString(),
                "HYPERFLEET_MIN_FREE_DISK_MIB",
                "0",
                "HYPERFLEET_RATE_LIMIT",
                "0",
                "HYPERFLEET_FILE_MAX_SIZE",
                "1",
                "PORT",
                "0",
                "PROXY_PORT",
                "0"));
        variables.putAll(options);
        FakeHost fake = new FakeHost();
        Closings closings = new Closings();
        Foundation base = Foundation.of(Settings.from(variables), closings);
        StoreModule store = StoreModule.open(base);
        HostModule host = new HostModule(
                new FakeHostPort(fake, Fate.UNDISTURBED, () -> true, CAPACITY),
                id -> new FakeGuest(id, fake, Fate.UNDISTURBED, base.time()),
                SelfCheck.watch(home, home, 0, base.metrics()));
        AccessModule access = AccessModule.of(base, store);
        MachineSpec spec = Specs.warm("unused", 1);
        MachineDefaults defaults = new MachineDefaults(spec.image(), spec.disks());
        ControlModule control = ControlModule.start(base, store, host, access, defaults);
        ProxyServer proxy = HyperfleetServer.proxy(base, access, control);
        ApiModule api = ApiModule.of(
                base,
                store,
                host,
                access,
                control,
                defaults,
                ContainerLibrary.open(base),
                base.settings().proxy().addresses(proxy.port()));
        return new InProcessServer(home, closings, fake, access, api.start());
    }

    /** The host that its machines run on. */
    public FakeHost host() {
        return host;
    }

    public String url() {
        return "http://127.0.0.1:" + api.port();
    }

    /** Creates an API key with these scopes that never expires. */
    public String key(String name, Quota quota, Scope... scopes) {
        return access.keys().create(name, Set.of(scopes), quota, Optional.empty());
    }

    /** Gives the key of this name a new secret; the old one stays valid. */
    public String rotate(String name) {
        return access.keys().rotate(name, Duration.ofHours(1)).orElseThrow();
    }

    public void revoke(String name) {
        assertThat(access.keys().revoke(name)).isTrue();
    }

    @Override
    public void close() throws IOException {
        var failures = closings.close(CLOSE_PATIENCE);
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        if (!failures.isEmpty()) {
            throw new AssertionError("not closed: " + failures);
        }
    }
}
