package dev.hyperfleet.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class FaultTextTest {
    @Command(name = "faulty")
    private static final class Faulty implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("library's words");
        }
    }

    @Test
    void aFaultIsOneLineThatNamesItsPlace() {
        StringWriter errors = new StringWriter();
        CommandLine command = Main.commandLine();
        command.addSubcommand(new Faulty());
        // As all commands do.
        command.setExecutionExceptionHandler(command.getExecutionExceptionHandler())
                .setErr(new PrintWriter(errors));
        assertThat(command.execute("faulty")).isEqualTo(1);
        assertThat(errors.toString())
                .hasLineCount(1)
                .startsWith("hyperfleet: This is a bug in Hyperfleet ")
                .contains("IllegalStateException at FaultTextTest.java:")
                .doesNotContain("library", "\tat ");
    }
}
