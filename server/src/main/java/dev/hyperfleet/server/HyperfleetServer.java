package dev.hyperfleet.server;

import dev.hyperfleet.core.machine.MachineDefaults;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.probe.VmmChoice;
import dev.hyperfleet.http.HttpServer;
import dev.hyperfleet.proxy.ProxyServer;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A whole server: the one place for all wiring. */
final class HyperfleetServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("server");

    /** For a service manager that allows 10 s: what follows this method has to fit in, too. */
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(8);

    private final Closings closings;
    private final VmmChoice vmm;
    private final AccessModule access;
    private final ProxyServer proxy;
    private final HttpServer api;

    private HyperfleetServer(Closings closings, VmmChoice vmm, AccessModule access, ProxyServer proxy, HttpServer api) {
        this.closings = closings;
        this.vmm = vmm;
        this.access = access;
        this.proxy = proxy;
        this.api = api;
    }

    /** Starts a server, which accepts requests when this returns. */
    static HyperfleetServer start(Settings settings) {
        Closings closings = new Closings();
        try {
            return wire(settings, closings);
        } catch (Throwable failure) {
            close(closings);
            throw failure;
        }
    }

    private static HyperfleetServer wire(Settings settings, Closings closings) {
        HostClaims claims = claim(settings, closings);
        MachineDefaults defaults = BootSources.read(settings);
        VmmChoice vmm = VmmChoice.make(settings.probe());

        Foundation base = Foundation.of(settings, closings);
        StoreModule store = StoreModule.open(base);
        HostModule host = HostModule.open(base, vmm, claims, store.fleet(), store.linkKey());
        AccessModule access = AccessModule.of(base, store);
        ControlModule control = ControlModule.start(base, store, host, access, defaults);
        ProxyServer proxy = proxy(base, access, control);
        HttpServer api = ApiModule.of(
                        base,
                        store,
                        host,
                        access,
                        control,
                        defaults,
                        ContainerLibrary.open(base),
                        settings.proxy().addresses(proxy.port()))
                .start();
        return new HyperfleetServer(closings, vmm, access, proxy, api);
    }

    /** Claims the home, and everything else that no other server on this host may use at the same time. */
    private static HostClaims claim(Settings settings, Closings closings) {
        Folders.createHome(settings.home());
        closings.add("home", HomeLock.acquire(settings.home())::close);
        HostClaims claims = HostClaims.on(settings.socketDirectory());
        closings.add("claims", claims::close);
        claims.home(settings.home());
        return claims;
    }

    static ProxyServer proxy(Foundation base, AccessModule access, ControlModule control) {
        Settings settings = base.settings();
        ProxyServer proxy = ProxyServer.start(
                new ProxyServer.Services(
                        control.machines(),
                        control.ports(),
                        access.keys(),
                        access.links(),
                        base.metrics(),
                        access.strangers(),
                        base.clock()),
                settings.proxy().options(settings.authenticationDisabled()));
        base.closings().add("proxy", proxy::close);
        return proxy;
    }

    /** A new key for commands on this host; it ends with the server. */
    String localKey() {
        return access.keys().createLocal();
    }

    int proxyPort() {
        return proxy.port();
    }

    int port() {
        return api.port();
    }

    VmmChoice vmm() {
        return vmm;
    }

    /** Completes what is in progress within a few seconds; machines keep running. */
    @Override
    public void close() {
        close(closings);
    }

    private static void close(Closings closings) {
        closings.close(CLOSE_PATIENCE)
                .forEach(failure -> LOG.atWarn().addKeyValue("part", failure).log("not closed properly"));
    }
}
