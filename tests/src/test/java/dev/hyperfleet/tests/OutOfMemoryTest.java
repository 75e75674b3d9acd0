package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server without memory exits, instead of continuing with some of its threads dead. */
class OutOfMemoryTest {
    /** Loaded into the server's JVM; allocates more memory than it may have. */
    static final class Eater {
        private Eater() {}

        public static void agentmain(String arguments) {
            System.err.println(new long[Integer.MAX_VALUE].length);
        }
    }

    @TempDir
    Path state;

    private static Path jar(Path folder) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Agent-Class", Eater.class.getName());
        Path jar = folder.resolve("eater.jar");
        String file = Eater.class.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                InputStream code = Eater.class.getClassLoader().getResourceAsStream(file)) {
            out.putNextEntry(new JarEntry(file));
            code.transferTo(out);
        }
        return jar;
    }

    @Test
    void aServerWithoutMemoryEndsAndTheNextOneAdoptsItsMachines(@TempDir Path folder) throws Exception {
        String id;
        String boot;
        try (ServerProcess first = ServerProcess.start(state)) {
            id = first.api().run("survivor");
            boot = first.api()
                    .exec(id, "cat", "/proc/sys/kernel/random/boot_id")
                    .field("stdout");
            VirtualMachine server = VirtualMachine.attach(String.valueOf(first.pid()));
            assertThatThrownBy(() -> server.loadAgent(jar(folder).toString())).isInstanceOf(IOException.class);
            assertThat(first.awaitEnd()).isEqualTo(3); // ExitOnOutOfMemoryError's
        }
        try (ServerProcess second = ServerProcess.start(state)) {
            Api api = second.api();
            assertThat(api.status(id)).isEqualTo("running");
            assertThat(api.exec(id, "cat", "/proc/sys/kernel/random/boot_id").field("stdout"))
                    .isEqualTo(boot);
        }
        Leftovers.assertNone(state);
    }
}
