package dev.hyperfleet.server;

import dev.hyperfleet.api.port.PortAddresses;
import dev.hyperfleet.host.network.Cidr;
import dev.hyperfleet.proxy.ProxyServer;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The settings of the proxy.
 *
 * @param prefix of paths that lead to machines
 * @param hostSuffix of host names that lead to machines; empty for none
 * @param publicUrl the URL at which users reach the proxy
 * @param trusted the addresses whose forwarding headers are trusted
 * @param headerTimeout within which a request's head must be complete
 * @param patience how long a guest or a client may be silent
 * @param maxClientConnections per client address
 * @param maxMachineConnections concurrent requests and connections per machine
 */
record ProxySettings(
        String host,
        int port,
        String prefix,
        String hostSuffix,
        Optional<String> publicUrl,
        List<Cidr> trusted,
        Duration headerTimeout,
        Duration patience,
        int maxClientConnections,
        int maxMachineConnections) {
    private static final int MAX_PORT = 65535;
    private static final int DEFAULT_PORT = 4000;
    private static final int MAX_SECONDS = 86_400;
    private static final int DEFAULT_HEADER_SECONDS = 10;
    private static final int DEFAULT_PATIENCE_SECONDS = 300;
    private static final int MAX_CONNECTIONS = 1_000_000;
    private static final int DEFAULT_CONNECTIONS = 1_000;
    private static final Pattern PREFIX = Pattern.compile("/?([A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*)/?");
    private static final Pattern SUFFIX = Pattern.compile("(\\.[a-z0-9-]+)+");
    private static final Pattern URL = Pattern.compile("https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?");

    static ProxySettings from(Environment environment) {
        var prefix = PREFIX.matcher(environment.text("PROXY_PREFIX").orElse("proxy"));
        if (!prefix.matches()) {
            throw new SettingException(
                    "PROXY_PREFIX", environment.text("PROXY_PREFIX").orElse(""), "a path like /proxy");
        }
        String suffix = environment.text("PROXY_HOST_SUFFIX").orElse(".localhost");
        boolean none = suffix.equals("none");
        if (!none && !SUFFIX.matcher(suffix).matches()) {
            throw new SettingException(
                    "PROXY_HOST_SUFFIX", suffix, "'none', or a suffix of host names like .preview.example.com");
        }
        Optional<String> url = environment.text("HYPERFLEET_PROXY_URL");
        if (url.isPresent() && !URL.matcher(url.get()).matches()) {
            throw new SettingException("HYPERFLEET_PROXY_URL", url.get(), "like https://preview.example.com");
        }
        return new ProxySettings(
                environment.text("HYPERFLEET_PROXY_HOST").orElse("127.0.0.1"),
                environment.integer("PROXY_PORT", 0, MAX_PORT, DEFAULT_PORT),
                prefix.group(1),
                none ? "" : suffix,
                url,
                environment.list("HYPERFLEET_PROXY_TRUSTED", "IPv4 blocks like 127.0.0.1/32", Cidr::parse),
                environment.seconds("HYPERFLEET_PROXY_HEADER_TIMEOUT", MAX_SECONDS, DEFAULT_HEADER_SECONDS),
                environment.seconds("HYPERFLEET_PROXY_TIMEOUT", MAX_SECONDS, DEFAULT_PATIENCE_SECONDS),
                environment.integer("HYPERFLEET_PROXY_CLIENT_CONNECTIONS", 1, MAX_CONNECTIONS, DEFAULT_CONNECTIONS),
                environment.integer("HYPERFLEET_PROXY_MACHINE_CONNECTIONS", 1, MAX_CONNECTIONS, DEFAULT_CONNECTIONS));
    }

    ProxyServer.Options options(boolean authenticationDisabled) {
        return new ProxyServer.Options(
                host,
                port,
                prefix,
                hostSuffix,
                publicUrl.map(url -> URI.create(url).getHost()),
                authenticationDisabled,
                this::isTrusted,
                headerTimeout,
                patience,
                maxClientConnections);
    }

    /**
     * The URL at which users reach it.
     *
     * @param listening the port that it listens on
     */
    PortAddresses addresses(int listening) {
        return new PortAddresses(
                URI.create(publicUrl.orElse("http://%s:%d".formatted(host, listening))), prefix, hostSuffix);
    }

    private boolean isTrusted(String address) {
        return trusted.stream().anyMatch(block -> block.containsAddress(address));
    }
}
