package dev.hyperfleet.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** Shows everything about a machine. */
@Command(
        name = "describe",
        aliases = {"get", "inspect", "show", "status"},
        description = "Show everything about a machine: its settings, checks, activity and last events.")
final class DescribeCommand implements Callable<Integer> {
    private static final int EVENTS = 10;

    @Parameters(paramLabel = "NAME|ID")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String name;

    @Mixin
    private final Format format = new Format();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final StringBuilder text = new StringBuilder();

    @Override
    public Integer call() {
        ApiClient client = ApiClient.fromEnvironment();
        JsonNode machine = client.get(name);
        Output output = new Output(spec.commandLine());
        if (format.form() == Format.Form.TABLE) {
            describe(machine);
            output.text(text.toString().stripTrailing());
            output.text("Events:");
            EventPrinter events = new EventPrinter(output, false);
            last(client, machine.get("id").asString()).forEach(events::print);
        } else {
            new MachinePrinter(output, format).changed(java.util.List.of(machine));
        }
        return 0;
    }

    private void describe(JsonNode machine) {
        Instant now = Instant.now();
        line("Name", machine.get("name").asString());
        line("Id", machine.get("id").asString());
        line("Status", status(machine));
        line(
                "Age",
                MachinePrinter.age(machine, now) + ", created "
                        + machine.get("created_at").asString());
        line("Owner", machine.path("owner").asString(""));
        line(
                "Size",
                "%d CPU, %s"
                        .formatted(
                                machine.get("vcpu_count").asInt(),
                                Units.memory(machine.get("mem_size_mib").asLong())));
        line("Image", machine.path("rootfs_path").asString(""));
        line("Kernel", machine.path("kernel_image_path").asString(""));
        line("Address", machine.path("guest_ip").asString(""));
        line("Process", machine.path("pid").asString(""));
        line("Ports", MachinePrinter.ports(machine.path("exposed_ports")));
        line("Public", MachinePrinter.ports(machine.path("public_ports")));
        line("Idle", idle(machine));
        line("Restart", restart(machine.path("restart")));
        line("Ends", ends(machine, now));
        machine.path("checks").forEach(check -> line("Check", check(check, machine.path("activity"))));
        machine.path("warnings").forEach(warning -> line("Warning", warning.asString()));
    }

    private static String status(JsonNode machine) {
        String reason = machine.path("error_message").asString("");
        return machine.get("status").asString()
                + (reason.isEmpty() ? "" : ": " + reason.lines().findFirst().orElse(""));
    }

    private static String idle(JsonNode machine) {
        String autostop = machine.path("autostop").asString("off");
        String rule = autostop.equals("off")
                ? "stays as it is"
                : "%s after %s s"
                        .formatted(autostop, machine.path("idle_timeout").asString());
        String awake = machine.path("activity")
                .path("held_awake_by")
                .valueStream()
                .map(JsonNode::asString)
                .collect(Collectors.joining(", "));
        return rule
                + (machine.path("autostart").asBoolean(false) ? "; a request starts it" : "")
                + (awake.isEmpty() ? "" : "; kept awake by " + awake);
    }

    private static String restart(JsonNode policy) {
        String when = policy.path("policy").asString("no");
        int count = policy.path("count").asInt(0);
        return when + (count == 0 ? "" : ", restarted %d times".formatted(count));
    }

    private static String ends(JsonNode machine, Instant now) {
        String at = machine.path("expires_at").asString("");
        return at.isEmpty()
                ? ""
                : "in %s (%s)"
                        .formatted(
                                Units.age(Duration.between(now, Instant.parse(at))),
                                machine.path("ttl_action").asString(""));
    }

    private static String check(JsonNode check, JsonNode activity) {
        String name = check.get("name").asString();
        String state = activity.path("health")
                .valueStream()
                .filter(health -> health.path("name").asString("").equals(name))
                .map(health -> health.path("status").asString(""))
                .findFirst()
                .orElse("not running");
        return "%s (%s): %s".formatted(name, check.path("type").asString(""), state);
    }

    private void line(String label, String value) {
        if (!value.isEmpty()) {
            text.append("%-10s%s%n".formatted(label + ":", TerminalText.line(value)));
        }
    }

    private static Deque<JsonNode> last(ApiClient client, String id) {
        Deque<JsonNode> last = new ArrayDeque<>();
        EventPages.read(client, "/machines/" + id + "/events", event -> {
            last.add(event);
            if (last.size() > EVENTS) {
                last.removeFirst();
            }
        });
        return last;
    }
}
