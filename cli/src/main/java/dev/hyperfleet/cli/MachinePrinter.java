package dev.hyperfleet.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Machines as lines of a table, or as what a script wants of them. */
final class MachinePrinter {
    private static final List<String> COLUMNS = List.of("name", "status", "age", "cpu", "mem", "ports");
    private static final List<String> WIDE =
            List.of("name", "id", "status", "age", "cpu", "mem", "ports", "guest_ip", "autostop", "owner");

    /** In a terminal of 80 columns, the rest of the line has room for the others. */
    private static final int MAX_NAME = 24;

    private static final int MAX_PORTS = 20;

    private final Output output;
    private final Format format;

    MachinePrinter(Output output, Format format) {
        this.output = output;
        this.format = format;
    }

    /** Prints a response with many machines. */
    void list(JsonNode page) {
        print(page, page.get("machines"));
    }

    /** Prints machines that were changed one after the other; as JSON, one alone is no list. */
    void changed(List<JsonNode> machines) {
        print(machines.size() == 1 ? machines.getFirst() : machines, machines);
        for (JsonNode machine : machines) {
            String reason = machine.path("error_message").asString("");
            if (!reason.isEmpty() && !format.isJson()) {
                output.text(reason);
            }
            machine.path("warnings").forEach(warning -> output.say("warning: " + warning.asString()));
        }
    }

    private void print(Object json, Iterable<JsonNode> machines) {
        switch (format.form()) {
            case JSON -> output.json(json);
            case ID -> machines.forEach(machine -> output.text(machine.get("id").asString()));
            case NAME ->
                machines.forEach(machine -> output.text(machine.get("name").asString()));
            case TABLE -> table(machines, COLUMNS, true);
            case WIDE -> table(machines, WIDE, false);
        }
    }

    private void table(Iterable<JsonNode> machines, List<String> columns, boolean narrow) {
        Instant now = Instant.now();
        output.table(
                columns,
                java.util.stream.StreamSupport.stream(machines.spliterator(), false)
                        .map(machine -> row(machine, now, narrow))
                        .toList());
    }

    private static Map<String, Object> row(JsonNode machine, Instant now, boolean narrow) {
        Map<String, Object> row = new LinkedHashMap<>();
        String name = machine.get("name").asString();
        String ports = ports(machine.path("exposed_ports"));
        row.put("id", machine.get("id").asString());
        row.put("name", narrow ? shortened(name, MAX_NAME) : name);
        row.put("status", machine.get("status").asString());
        row.put("age", age(machine, now));
        row.put("cpu", machine.get("vcpu_count").asInt());
        row.put("mem", Units.memory(machine.get("mem_size_mib").asLong()));
        row.put("ports", narrow ? shortened(ports, MAX_PORTS) : ports);
        for (String text : List.of("guest_ip", "autostop", "owner")) {
            row.put(text, machine.path(text).asString("-"));
        }
        return row;
    }

    static String ports(JsonNode ports) {
        return ports.isEmpty()
                ? "-"
                : ports.valueStream().map(JsonNode::asString).collect(Collectors.joining(","));
    }

    static String age(JsonNode machine, Instant now) {
        return Units.age(
                Duration.between(Instant.parse(machine.get("created_at").asString()), now));
    }

    private static String shortened(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length - 1) + "…";
    }
}
