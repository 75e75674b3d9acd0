package dev.hyperfleet.server.routes;

import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.server.InProcessServer;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One server for all tests of routes: each creates its own machines. */
final class SharedServer implements ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(SharedServer.class);

    private static final AtomicInteger KEYS = new AtomicInteger();

    /** The view of a test: the server, a client with all scopes, and one without a key. */
    record Shared(InProcessServer server, Client client, Client stranger) implements AutoCloseable {
        static Shared start() {
            InProcessServer server = InProcessServer.start(Map.of());
            return new Shared(
                    server,
                    new Client(server.url(), Optional.of(server.key("all", Quota.NONE, Scope.ALL))),
                    new Client(server.url(), Optional.empty()));
        }

        /** A client with only these scopes. */
        Client limited(Scope... scopes) {
            return new Client(
                    server.url(), Optional.of(server.key("limited-" + KEYS.incrementAndGet(), Quota.NONE, scopes)));
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Shared.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot().getStore(NAMESPACE).computeIfAbsent("shared", _ -> Shared.start());
    }
}
