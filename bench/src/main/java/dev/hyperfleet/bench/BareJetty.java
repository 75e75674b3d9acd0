package dev.hyperfleet.bench;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * The baseline for HTTP, in a separate process: Jetty with one handler that answers each path with the bytes of a file.
 * Requests for {@value #PARK} get no response until there is one for {@value #RELEASE}.
 */
final class BareJetty extends Handler.Abstract {
    static final String PARK = "/park";
    static final String RELEASE = "/release";

    private static final byte[] EMPTY_JSON = {'{', '}'};
    private static final int ACCEPT_QUEUE = 4096;

    private final Map<String, byte[]> bodies;
    private final Queue<Runnable> parked = new ConcurrentLinkedQueue<>();

    private BareJetty(Map<String, byte[]> bodies) {
        this.bodies = bodies;
    }

    /** Serves each file of a folder under its name, prints the port, and runs until it is killed. */
    public static void main(String[] arguments) throws Exception {
        Map<String, byte[]> bodies = new HashMap<>();
        try (var files = Files.list(Path.of(arguments[0]))) {
            for (Path file : files.toList()) {
                bodies.put("/" + file.getFileName(), Files.readAllBytes(file));
            }
        }
        Server server = new Server(new QueuedThreadPool());
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setAcceptQueueSize(ACCEPT_QUEUE);
        connector.setIdleTimeout(60_000);
        server.addConnector(connector);
        server.setHandler(new BareJetty(bodies));
        server.start();
        System.out.println(connector.getLocalPort());
        server.join();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String path = Request.getPathInContext(request);
        switch (path) {
            case PARK -> parked.add(() -> answer(response, EMPTY_JSON, callback));
            case RELEASE -> {
                for (@Nullable Runnable next = parked.poll(); next != null; next = parked.poll()) {
                    next.run();
                }
                answer(response, EMPTY_JSON, callback);
            }
            default -> {
                byte[] body = bodies.get(path);
                if (body == null) {
                    return false;
                }
                answer(response, body, callback);
            }
        }
        return true;
    }

    private static void answer(Response response, byte[] body, Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}
