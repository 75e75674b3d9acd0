package dev.hyperfleet.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** nginx with one worker on one CPU: as the upstream, or as the proxy to measure against. */
final class Nginx implements AutoCloseable {
    private static final int ATTEMPTS = 200;
    private static final int PAUSE_MILLISECONDS = 25;
    private static final int BODY_BYTES = 1024;

    private final Process process;
    private final int port;

    private Nginx(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** A server that answers "/" with a kilobyte. */
    static Nginx upstream(Workspace workspace, Path folder, int cpu) throws IOException, InterruptedException {
        // From memory: its worker may run as a user who cannot read our folders.
        return start(
                workspace,
                folder,
                cpu,
                "default_type text/plain; return 200 \"%s\";".formatted("x".repeat(BODY_BYTES)));
    }

    /** A proxy that forwards everything to that port, over persistent connections. */
    static Nginx proxy(Workspace workspace, Path folder, int cpu, int upstream)
            throws IOException, InterruptedException {
        return start(
                workspace,
                folder,
                cpu,
                "proxy_pass http://127.0.0.1:%d; proxy_http_version 1.1; proxy_set_header Connection \"\";"
                        .formatted(upstream)
                        .replace("127.0.0.1:" + upstream, "upstream"),
                "upstream upstream { server 127.0.0.1:%d; keepalive 64; keepalive_requests 1000000000; }"
                        .formatted(upstream));
    }

    private static Nginx start(Workspace workspace, Path folder, int cpu, String location, String... more)
            throws IOException, InterruptedException {
        int port = freePort();
        Path configuration = folder.resolve("nginx.conf");
        Files.writeString(configuration, """
                daemon off; worker_processes 1; pid %1$s/nginx.pid; error_log %1$s/error.log;
                events { worker_connections 4096; }
                http {
                  access_log off; keepalive_requests 1000000000;
                  client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;
                  %2$s
                  server { listen 127.0.0.1:%3$d; location / { %4$s } }
                }
                """.formatted(folder, String.join("\n", more), port, location));
        Process process = workspace.start(new ProcessBuilder(List.of(
                        "taskset",
                        "-c",
                        String.valueOf(cpu),
                        "nginx",
                        "-p",
                        folder.toString(),
                        "-c",
                        configuration.toString()))
                .redirectError(folder.resolve("nginx.log").toFile()));
        for (int attempt = 0; attempt < ATTEMPTS && process.isAlive(); attempt++) {
            try (Socket probe = new Socket()) {
                probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return new Nginx(process, port);
            } catch (IOException notYet) {
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLISECONDS);
            }
        }
        throw new IOException("nginx did not start: " + Files.readString(folder.resolve("nginx.log")));
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0)) {
            return any.getLocalPort();
        }
    }

    int port() {
        return port;
    }

    @Override
    public void close() throws IOException {
        Workspace.end(process);
    }
}
