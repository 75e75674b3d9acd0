package dev.hyperfleet.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Finds out whether a server could listen on a port of this host. */
final class PortCheck {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** What was found. */
    enum State {
        FREE,
        /** A server of Hyperfleet listens there. */
        OURS,
        /** Something else does, or the port must not be used. */
        TAKEN
    }

    private PortCheck() {}

    /** The state of a port; 0 stands for any free one. */
    static State of(String host, int port) throws InterruptedException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true); // connections of an earlier server may linger
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
            return State.FREE;
        } catch (IOException taken) {
            return answersAsOurs(host, port) ? State.OURS : State.TAKEN;
        }
    }

    /** Both the API and the proxy give each response an id. */
    private static boolean answersAsOurs(String host, int port) throws InterruptedException {
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
            InetAddress address = InetAddress.getByName(host);
            String reachable = address.isAnyLocalAddress() ? "127.0.0.1" : address.getHostAddress();
            URI target = URI.create(
                    "http://%s:%d/livez".formatted(reachable.contains(":") ? "[" + reachable + "]" : reachable, port));
            HttpRequest request =
                    HttpRequest.newBuilder(target).timeout(TIMEOUT).GET().build();
            return client.send(request, HttpResponse.BodyHandlers.discarding())
                    .headers()
                    .firstValue("X-Request-Id")
                    .isPresent();
        } catch (IOException | IllegalArgumentException other) {
            return false;
        }
    }
}
