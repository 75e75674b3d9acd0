package dev.hyperfleet.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything that commands print: JSON for programs, tables and sentences for people. Text from any other source cannot
 * control the terminal. Each method throws {@link OutputClosedException} if the output is closed.
 */
public final class Output {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final JsonMapper INDENTED =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final PrintWriter out;
    private final PrintWriter errors;

    public Output(CommandLine command) {
        out = command.getOut();
        errors = command.getErr();
    }

    /** Prints a value as indented JSON. */
    public void json(Object value) {
        print(TerminalText.json(INDENTED.writeValueAsString(value)));
    }

    /** Prints a value as JSON in one line. */
    void jsonLine(Object value) {
        print(TerminalText.json(JSON.writeValueAsString(value)));
    }

    /** Prints text, in one line or more. */
    public void text(String text) {
        print(TerminalText.lines(text));
    }

    /** Clears the terminal. */
    void clear() {
        out.print("\u001b[H\u001b[2J");
    }

    /** Prints an error or a notice on standard error. */
    public void say(String sentence) {
        errors.println("hyperfleet: " + TerminalText.lines(sentence));
        errors.flush();
    }

    /** Prints rows in columns of minimal width; a column's heading is its name. */
    public void table(List<String> columns, List<? extends Map<String, ?>> rows) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(columns.stream()
                .map(column -> column.toUpperCase(Locale.ROOT).replace('_', ' '))
                .toList());
        rows.forEach(row ->
                lines.add(columns.stream().map(column -> cell(row.get(column))).toList()));
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder();
            for (int column = 0; column < columns.size(); column++) {
                row.append(line.get(column));
                row.append(" ".repeat(width(lines, column) - line.get(column).length() + 2));
            }
            text.append(text.isEmpty() ? "" : "\n").append(row.toString().stripTrailing());
        }
        print(text.toString());
    }

    private static int width(List<List<String>> lines, int column) {
        return lines.stream().mapToInt(line -> line.get(column).length()).max().orElse(0);
    }

    private static String cell(@Nullable Object value) {
        if (value == null) {
            return "-";
        }
        if (value instanceof Collection<?> values) {
            return values.isEmpty() ? "-" : values.stream().map(Output::cell).collect(Collectors.joining(","));
        }
        return TerminalText.line(String.valueOf(value));
    }

    private void print(String safe) {
        out.println(safe);
        if (out.checkError()) { // flushes, too
            throw StandardStreams.failed(1);
        }
    }
}
