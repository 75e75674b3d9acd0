package dev.hyperfleet.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.net.http.HttpClient;

/** Listens on a port of this computer, and forwards each connection to a machine's port. */
record PortForwarder(ApiClient client, String path, ServerSocket listener, Output output) {
    static final String LOOPBACK = "127.0.0.1";

    /** Listens; the caller must {@link #run} it. */
    static PortForwarder listen(ApiClient client, String machine, PortMapping ports, String address, Output output) {
        int local = ports.local().orElse(ports.remote());
        String path = "/machines/%s/ports/%d/connect".formatted(ApiClient.id(machine), ports.remote());
        try {
            return new PortForwarder(client, path, new ServerSocket(local, 0, InetAddress.getByName(address)), output);
        } catch (UnknownHostException unknown) {
            throw new CliException(CliException.REFUSED, "'%s' is not an address of this computer.".formatted(address));
        } catch (IOException taken) {
            throw new CliException(
                    CliException.REFUSED,
                    ("Cannot listen on port %d of %s: it is in use, or this user may not use it. Choose another: "
                                    + "LOCAL:REMOTE.")
                            .formatted(local, address));
        }
    }

    /** Forwards in the background, as long as this process runs. */
    static void start(ApiClient client, String machine, PortMapping ports, Output output) {
        PortForwarder forwarder = listen(client, machine, ports, LOOPBACK, output);
        output.say("%s:%d forwards to port %d".formatted(LOOPBACK, forwarder.listener.getLocalPort(), ports.remote()));
        Thread.ofPlatform().daemon().start(forwarder::run);
    }

    /** Accepts connections until this process ends. */
    void run() {
        try (HttpClient http = HttpClient.newHttpClient()) {
            while (true) {
                Socket accepted = listener.accept();
                Thread.startVirtualThread(() -> forward(http, accepted));
            }
        } catch (IOException broken) {
            throw new CliException(CliException.REFUSED, "No more connections can be accepted.");
        }
    }

    private void forward(HttpClient http, Socket accepted) {
        try (accepted) {
            ForwardedConnection.carry(client, http, path, accepted);
        } catch (CliException broken) {
            output.say(String.valueOf(broken.getMessage()));
        } catch (IOException broken) {
            // The local client has disconnected.
        }
    }
}
