package dev.hyperfleet.oci.registry;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.image.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/**
 * Requests to registries: with a token where the registry wants one, over TLS except to those that the operator names,
 * and never redirected into a private network. Safe for concurrent use; calls block.
 */
public final class RegistryHttp implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(30);
    private static final int MAX_REDIRECTS = 5;
    private static final int MAX_TOKENS = 100;
    private static final int UNAUTHORIZED = 401;
    private static final String HUB_HOST = "registry-1.docker.io";

    private final HttpClient client = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();
    private final Access access;
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("registry-timer").factory());

    /** For each repository, the latest ones. */
    private final Map<String, String> tokens = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MAX_TOKENS;
        }
    });

    public RegistryHttp(Access access) {
        this.access = access;
        timer.setRemoveOnCancelPolicy(true);
    }

    /**
     * Which registries are used. Their names come from users, and the host reaches more than they do.
     *
     * @param only these; if empty, all on the Internet
     * @param plain those without TLS, wherever they are
     */
    public record Access(Set<String> only, Set<String> plain) {
        public Access {
            only = Set.copyOf(only);
            plain = Set.copyOf(plain);
        }
    }

    /**
     * The address of a registry, without a slash at its end.
     *
     * @throws HyperfleetException {@link ErrorCode#BAD_REQUEST} if it may not be used
     */
    String base(String registry) {
        if (access.plain().contains(registry)) {
            return "http://" + registry;
        }
        String base = "https://" + (registry.equals(ImageReference.DOCKER_HUB) ? HUB_HOST : registry);
        boolean named = access.only().contains(registry);
        if (!access.only().isEmpty() && !named) {
            throw notUsed(registry, "it is not one of HYPERFLEET_REGISTRIES");
        }
        if (!named && isInside(URI.create(base).getHost())) {
            throw notUsed(
                    registry,
                    "it is in a private network. Name it in HYPERFLEET_REGISTRIES, or, if it has no TLS, in"
                            + " HYPERFLEET_PLAIN_REGISTRIES");
        }
        return base;
    }

    private static HyperfleetException notUsed(String registry, String why) {
        return new HyperfleetException(
                ErrorCode.BAD_REQUEST, "The registry %s is not used: %s".formatted(registry, why));
    }

    /** An unknown host is not; connecting to it fails. */
    private static boolean isInside(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).anyMatch(RegistryHttp::isInside);
        } catch (UnknownHostException unknown) {
            return false;
        }
    }

    /**
     * Gets something of an image's.
     *
     * @return the response, whatever its status is, with its body open
     * @throws HyperfleetException {@link ErrorCode#UNAVAILABLE} if the registry does not answer
     */
    HttpResponse<InputStream> get(URI address, ImageReference image, Map<String, String> headers) {
        String account = image.registry() + "/" + image.repository();
        HttpResponse<InputStream> response = follow(address, headers, Optional.ofNullable(tokens.get(account)));
        if (response.statusCode() != UNAUTHORIZED) {
            return response;
        }
        Optional<Challenge> challenge =
                response.headers().firstValue("WWW-Authenticate").flatMap(Challenge::parse);
        if (challenge.isEmpty()) {
            return response;
        }
        close(response);
        String token = token(address, challenge.get(), image);
        tokens.put(account, token);
        return follow(address, headers, Optional.of(token));
    }

    private HttpResponse<InputStream> follow(URI first, Map<String, String> headers, Optional<String> token) {
        URI address = first;
        for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
            boolean own = address.getHost().equals(first.getHost()) && address.getPort() == first.getPort();
            HttpResponse<InputStream> response = send(address, headers, own ? token : Optional.empty());
            Optional<String> location = response.headers().firstValue("Location");
            if (response.statusCode() / 100 != 3 || location.isEmpty()) {
                return response;
            }
            close(response);
            address = target(first, address, location.get());
        }
        throw new HyperfleetException(
                ErrorCode.UNAVAILABLE,
                "The registry %s redirects more than %d times".formatted(first.getAuthority(), MAX_REDIRECTS));
    }

    /** A registry may send us to its storage, and not into the host's own network, which only the host can reach. */
    private static URI target(URI first, URI from, String location) {
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException malformed) {
            throw refused(first, "an address that is none", malformed);
        }
        boolean same = first.getAuthority().equals(to.getAuthority())
                && first.getScheme().equals(to.getScheme());
        if (!same) {
            if (!"https".equals(to.getScheme()) || to.getHost() == null) {
                throw refused(first, "an address without TLS", null);
            }
            if (isInside(to.getHost())) {
                throw refused(first, "an address of a private network", null);
            }
        }
        return to;
    }

    private static boolean isInside(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
        boolean shared = bytes.length == 4 && bytes[0] == 100 && (bytes[1] & 0xc0) == 64;
        return uniqueLocal
                || shared
                || address.isLoopbackAddress()
                || address.isSiteLocalAddress()
                || address.isLinkLocalAddress()
                || address.isAnyLocalAddress()
                || address.isMulticastAddress();
    }

    private static HyperfleetException refused(
            URI registry, String where, @org.jspecify.annotations.Nullable Exception cause) {
        String message = "The registry %s redirects to %s, which is refused".formatted(registry.getAuthority(), where);
        return cause == null
                ? new HyperfleetException(ErrorCode.BAD_REQUEST, message)
                : new HyperfleetException(ErrorCode.BAD_REQUEST, message, cause);
    }

    private HttpResponse<InputStream> send(URI address, Map<String, String> headers, Optional<String> token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address).timeout(RESPONSE_TIMEOUT);
        headers.forEach(request::header);
        token.ifPresent(it -> request.header("Authorization", "Bearer " + it));
        try {
            return client.send(
                    request.build(),
                    _ -> BodySubscribers.mapping(BodySubscribers.ofInputStream(), body -> new TimedBody(body, timer)));
        } catch (IOException failure) {
            throw unreachable(address, failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", interrupted);
        }
    }

    private String token(URI registry, Challenge challenge, ImageReference image) {
        URI address = challenge.address("repository:%s:pull".formatted(image.repository()));
        URI checked = target(registry, registry, address.toString());
        HttpResponse<InputStream> response = follow(checked, Map.of(), Optional.empty());
        try (InputStream body = response.body()) {
            return Challenge.token(response.statusCode(), body, image);
        } catch (IOException failure) {
            throw unreachable(address, failure);
        }
    }

    static HyperfleetException unreachable(URI address, IOException failure) {
        return new HyperfleetException(
                ErrorCode.UNAVAILABLE,
                "The registry %s does not answer as it should: %s. Try again, or check the host's network"
                        .formatted(
                                address.getAuthority(),
                                Optional.ofNullable(failure.getMessage()).orElse("the connection failed")),
                failure);
    }

    private static void close(HttpResponse<InputStream> response) {
        try {
            response.body().close();
        } catch (IOException harmless) {
            // It is not read.
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
        timer.shutdownNow();
    }
}
