package dev.hyperfleet.server;

import dev.hyperfleet.api.ApiServer;
import dev.hyperfleet.api.access.AuditJson;
import dev.hyperfleet.api.system.ServerInfo;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.SafeText;
import dev.hyperfleet.core.access.ApiKeys;
import dev.hyperfleet.core.access.Leases;
import dev.hyperfleet.core.access.PortLinks;
import dev.hyperfleet.core.activity.Automations;
import dev.hyperfleet.core.activity.MachinePorts;
import dev.hyperfleet.core.audit.AuditLog;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.control.Quotas;
import dev.hyperfleet.core.control.RecoveryReport;
import dev.hyperfleet.core.disk.Disk;
import dev.hyperfleet.core.event.EventFeed;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.core.machine.MachineDefaults;
import dev.hyperfleet.core.request.Idempotency;
import dev.hyperfleet.core.request.RateLimit;
import dev.hyperfleet.guest.GrpcGuestConnector;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.HostErrors;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.console.ConsoleFiles;
import dev.hyperfleet.host.disk.DiskSpace;
import dev.hyperfleet.host.disk.HostDisks;
import dev.hyperfleet.host.image.FileDigests;
import dev.hyperfleet.host.image.ImageFiles;
import dev.hyperfleet.host.local.LocalHost;
import dev.hyperfleet.host.network.HostFilter;
import dev.hyperfleet.host.network.MachineNetwork;
import dev.hyperfleet.host.network.TapNetwork;
import dev.hyperfleet.host.network.Uplink;
import dev.hyperfleet.host.network.UserNetwork;
import dev.hyperfleet.host.probe.HostMemory;
import dev.hyperfleet.host.probe.JailCheck;
import dev.hyperfleet.host.probe.VmmChoice;
import dev.hyperfleet.host.shim.Shim;
import dev.hyperfleet.host.shim.ShimSupervisor;
import dev.hyperfleet.host.vmm.MachineSettings;
import dev.hyperfleet.host.vmm.VmmDriver;
import dev.hyperfleet.http.HttpServer;
import dev.hyperfleet.proxy.ProxyServer;
import dev.hyperfleet.store.Database;
import dev.hyperfleet.store.DatabaseWriter;
import dev.hyperfleet.store.FileAuditLog;
import dev.hyperfleet.store.FleetIdentity;
import dev.hyperfleet.store.SqliteApiKeyStore;
import dev.hyperfleet.store.SqliteAuditLog;
import dev.hyperfleet.store.SqliteEvents;
import dev.hyperfleet.store.SqliteIdempotencyStore;
import dev.hyperfleet.store.SqliteLeaseStore;
import dev.hyperfleet.store.SqliteMachineStore;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A whole server: the one place where everything is put together. */
final class HyperfleetServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("server");

    /** For a service manager that gives 10 s: what comes after the end of this method has to fit in, too. */
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(8);

    private static final long MIB = 1 << 20;

    private final Closings closings = new Closings();
    private final int port;
    private int proxyPort;
    private final VmmChoice vmm;
    private final HostClaims claims;

    /** Starts a server: it answers requests when this returns. */
    static HyperfleetServer start(Settings settings) {
        return new HyperfleetServer(settings);
    }

    private HyperfleetServer(Settings settings) {
        boolean started = false;
        try {
            Folders.createHome(settings.home());
            closings.add("home", HomeLock.acquire(settings.home())::close);
            claims = HostClaims.on(settings.socketDirectory());
            closings.add("claims", claims::close);
            claims.home(settings.home());
            MachineDefaults defaults = defaults(settings);
            existing("HYPERFLEET_SHIM_PATH", settings.shim());
            vmm = VmmChoice.make(settings.probe());
            port = wire(settings, defaults);
            started = true;
        } finally {
            if (!started) {
                close();
            }
        }
    }

    private int wire(Settings settings, MachineDefaults defaults) {
        SecureRandom random = new SecureRandom();
        Clock clock = Clock.systemUTC();
        PrometheusRegistry metrics = new PrometheusRegistry();

        Database database = Database.open(settings.database());
        SqliteEvents events = new SqliteEvents(database);
        closings.add("events", events::close);
        DatabaseWriter writer = new DatabaseWriter(database);
        SqliteIdempotencyStore requests = new SqliteIdempotencyStore(database, writer, clock);
        closings.add("requests", requests::close);
        SqliteLeaseStore leaseStore = new SqliteLeaseStore(database, writer);
        closings.add("leases", leaseStore::close);
        SqliteAuditLog stored =
                new SqliteAuditLog(database, writer, settings.audit().retention());
        closings.add("audit log", stored::close);
        closings.add("database", writer::close); // before those whose statements it executes
        AuditLog audit =
                settings.audit().file().map(file -> shipped(stored, file)).orElse(stored);
        SqliteMachineStore store = new SqliteMachineStore(database, writer, events, requests, clock);
        SqliteApiKeyStore keyStore = new SqliteApiKeyStore(database);
        closings.add("keys", keyStore::close);

        String fleet = FleetIdentity.of(database, random);
        Path sockets = settings.socketDirectory().resolve("hyperfleet-" + fleet);
        MachineLayout layout = new MachineLayout(settings.home().resolve("machines"), sockets);
        Folders.create(layout.machines());
        Folders.claim(layout.sockets());
        GrpcGuestConnector guests = new GrpcGuestConnector(id -> layout.of(id).agentSocket(), random);
        closings.add("guests", guests::close);
        VmmDriver driver = vmm.vmm()
                .driver(
                        vmm.reason(),
                        new MachineSettings(
                                layout,
                                JailCheck.controlGroups().map(root -> root.resolve("hyperfleet-" + fleet)),
                                settings.limits()));
        ApiKeys keys = new ApiKeys(keyStore, clock, random);
        Quotas quotas = new Quotas(settings.quota(), keys::quota);
        Shim shim = new Shim(settings.shim());
        var executor = Executors.newVirtualThreadPerTaskExecutor();
        closings.add("executor", executor::shutdown);
        MachineNetwork network = network(settings, fleet);
        TimedAlarm alarm = new TimedAlarm(clock, executor);
        closings.add("alarm", alarm::close);
        DiskSpace space = SelfCheck.watch(
                layout.machines(), settings.database().resolveSibling(""), settings.minFreeDisk(), metrics);
        Host host = new LocalHost(
                driver,
                new ShimSupervisor(shim, layout),
                network,
                new HostDisks(layout, settings.scratch(), shim, space, MonotonicClock.SYSTEM),
                new ConsoleFiles(layout));
        Machines.Ports ports = new Machines.Ports(
                store,
                host,
                guests,
                new EventLog(metrics),
                quotas,
                clock,
                MonotonicClock.SYSTEM,
                random,
                executor,
                alarm);
        Machines machines = new Machines(ports, settings.timeouts());
        closings.add("machines", machines::close);
        Automations automations = Automations.of(machines, ports);
        RecoveryReport recovery = machines.recover();
        automations.resume();

        PortLinks links = new PortLinks(FleetIdentity.linkKey(database, random), clock);
        MachinePorts visits = new MachinePorts(
                machines,
                automations,
                settings.timeouts().start(),
                settings.proxy().maxMachineConnections(),
                clock,
                MonotonicClock.SYSTEM);
        RateLimit strangers = new RateLimit(settings.rateLimit());
        ProxyServer proxy = ProxyServer.start(
                new ProxyServer.Services(machines, visits, keys, links, metrics, strangers, clock),
                settings.proxy().options(settings.authenticationDisabled()));
        closings.add("proxy", proxy::close);
        proxyPort = proxy.port();
        EventFeed feed = new EventFeed(events, ApiServer.HEARTBEAT);
        closings.add("event feed", feed::close);
        HttpServer api = ApiServer.start(
                new ApiServer.Services(
                        machines,
                        automations,
                        events,
                        feed,
                        host,
                        keys,
                        visits,
                        links,
                        new Idempotency(requests),
                        new Leases(machines, leaseStore, clock, random),
                        audit,
                        settings.proxy().addresses(proxyPort),
                        defaults,
                        HostMemory.totalMib(),
                        settings.maxFileSize().orElse(Long.MAX_VALUE),
                        new ServerInfo(Build.VERSION, host.describe()),
                        recovery,
                        quotas,
                        metrics,
                        strangers,
                        new SelfCheck(keyStore, writer, space)::look,
                        clock),
                new HttpServer.Options(
                        settings.host(), settings.port(), settings.authenticationDisabled(), settings.rateLimit()));
        closings.add("API", api::close);
        closings.add("waits", machines::endWaits);
        return api.port();
    }

    private AuditLog shipped(AuditLog stored, Path file) {
        FileAuditLog shipped = new FileAuditLog(
                stored,
                file,
                AuditJson::line,
                failure -> LOG.atError()
                        .addKeyValue("file", file)
                        .addKeyValue("error", SafeText.line(failure.toString()))
                        .log("audit_file_not_written"));
        closings.add("audit file", shipped::close);
        return shipped;
    }

    private MachineNetwork network(Settings settings, String fleet) {
        OptionalInt firstUser = vmm.vmm().firstUser();
        firstUser.ifPresent(claims::users);
        boolean tap = settings.network() == Settings.Network.TAP
                || (settings.network() == Settings.Network.AUTO && firstUser.isPresent());
        if (!tap) {
            Optional<Path> uplink = settings.tap().egress() ? Uplink.find().program() : Optional.empty();
            return new UserNetwork(uplink, settings.tap().allowed(), vmm.vmm().needsTap());
        }
        HostFilter.obstacle().ifPresent(obstacle -> {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "HYPERFLEET_NETWORK=tap cannot be had: %s. 'user' needs no privileges.".formatted(obstacle));
        });
        claims.addresses(settings.tap().pool());
        new HostFilter(settings.tap(), fleet).apply(settings.home().resolve("firewall.nft"));
        return new TapNetwork(settings.tap());
    }

    /** What machines have. Links are followed now: a machine keeps its base when the default changes. */
    private static MachineDefaults defaults(Settings settings) {
        Path scratch = existing("HYPERFLEET_SCRATCH_PATH", settings.scratch());
        Image image = ImageFiles.read(
                existing("HYPERFLEET_KERNEL_IMAGE_PATH", settings.kernel()),
                settings.kernelArgs(),
                settings.initrd().map(initrd -> existing("HYPERFLEET_INITRD_PATH", initrd)),
                existing("HYPERFLEET_ROOTFS_PATH", settings.rootfs()),
                new FileDigests(settings.home().resolve("image-digests.json")));
        return new MachineDefaults(image, Disk.overImage(sizeMib(image.rootfs()), sizeMib(scratch)));
    }

    private static long sizeMib(Path file) {
        try {
            return Math.max(1, Math.ceilDiv(Files.size(file), MIB));
        } catch (IOException failure) {
            throw HostErrors.of("read", file, failure);
        }
    }

    private static Path existing(String setting, Path file) {
        try {
            Path real = file.toRealPath();
            if (Files.isReadable(real) && Files.isRegularFile(real)) {
                return real;
            }
        } catch (IOException missing) {
            // said below
        }
        throw new HyperfleetException(
                ErrorCode.INTERNAL_ERROR,
                "%s is not a file that can be read. './hyperfleet setup' makes the default ones; %s names another."
                        .formatted(file, setting));
    }

    int proxyPort() {
        return proxyPort;
    }

    int port() {
        return port;
    }

    VmmChoice vmm() {
        return vmm;
    }

    /** Ends what is under way as far as that takes a few seconds; machines run on. */
    @Override
    public void close() {
        closings.close(CLOSE_PATIENCE)
                .forEach(failure -> LOG.atWarn().addKeyValue("part", failure).log("not closed as it should be"));
    }
}
