package dev.hyperfleet.server;

import dev.hyperfleet.cli.Output;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Checks everything that the server needs of this host. */
@Command(
        name = "doctor",
        description = "Check everything that the server needs, one line each: ok; or warn for what makes it worse, or "
                + "fail for what it cannot run without, each with what fixes it.",
        footer = {"", "Exit status: 0 the server can run; 1 a requirement is missing."})
final class DoctorCommand implements Callable<Integer> {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        Output output = new Output(spec.commandLine());
        List<HostCheck.Finding> findings = new HostCheck(Settings.from(System.getenv())).run();
        if (json) {
            output.json(findings.stream()
                    .map(finding -> Map.of(
                            "check", finding.check(),
                            "level", finding.level().text(),
                            "detail", finding.detail(),
                            "remedy", finding.remedy()))
                    .toList());
        } else {
            findings.forEach(finding -> output.text(line(finding)));
        }
        return findings.stream().anyMatch(finding -> finding.level() == HostCheck.Level.FAIL) ? 1 : 0;
    }

    private static String line(HostCheck.Finding finding) {
        String remedy = finding.remedy().isEmpty() ? "" : "  → " + finding.remedy();
        return "%-4s  %-14s %s%s".formatted(finding.level().text(), finding.check(), finding.detail(), remedy);
    }
}
