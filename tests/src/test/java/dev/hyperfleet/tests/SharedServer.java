package dev.hyperfleet.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One server, which checks keys, and one running machine, for all tests that do not harm them. */
final class SharedServer implements ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(SharedServer.class);

    /** The view of a test. */
    record Shared(ServerProcess server, Api api, String key, String runningId) implements AutoCloseable {
        static Shared start() {
            try {
                Path state = Files.createTempDirectory("hyperfleet-test-");
                Cli.Result key = Cli.run(state, "keys", "create", "all");
                if (key.exitCode() != 0) {
                    remove(state);
                    throw new AssertionError("keys create: " + key.output());
                }
                ServerProcess server = ServerProcess.startWithKey(state, key.output());
                Api api = server.api();
                return new Shared(server, api, key.output(), api.run("shared"));
            } catch (IOException failure) {
                throw new java.io.UncheckedIOException(failure);
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
            remove(server.state);
        }

        private static void remove(Path state) throws IOException {
            try (Stream<Path> files = Files.walk(state)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Shared.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot().getStore(NAMESPACE).computeIfAbsent("shared", ignored -> Shared.start());
    }
}
