package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Resources of machines on this host: processes and files, found by the state folder and the machines' ids. */
final class Leftovers {
    private static final Pattern MACHINE =
            Pattern.compile("/(?:machines|hyperfleet-[^/]+)/([a-z0-9]{12})(?=/|$|[^a-z0-9])");

    private Leftovers() {}

    /** Asserts that there is no process, socket or file of any machine. */
    static void assertNone(Path state) {
        assertThat(processes(state)).isEmpty();
        assertThat(paths(state)).isEmpty();
    }

    /** The same, and no network interface, control group or jail of these machines. */
    static void assertNone(Path state, Set<String> machines) {
        assertNone(state);
        List<Path> places = new ArrayList<>(List.of(Path.of("/sys/class/net"), state.resolve("jails")));
        places.addAll(entries(Path.of("/sys/fs/cgroup"))
                .filter(group -> group.getFileName().toString().startsWith("hyperfleet-"))
                .toList());
        assertThat(places.stream()
                        .flatMap(Leftovers::entries)
                        .filter(entry -> machines.stream()
                                .anyMatch(id -> entry.getFileName().toString().endsWith(id))))
                .isEmpty();
    }

    private static Stream<Path> entries(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList().stream();
        } catch (NoSuchFileException none) {
            return Stream.empty();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Machines named by processes. */
    static Set<String> machinesWithProcesses(Path state) {
        return machines(processes(state)
                .flatMap(process -> arguments(process).filter(it -> it.contains(state.toString()))));
    }

    /** Machines with files of any kind. */
    static Set<String> machinesWithFiles(Path state) {
        return machines(paths(state).map(Path::toString));
    }

    /** Machines with sockets. */
    static Set<String> machinesWithSockets(Path state) {
        return machines(paths(state).map(Path::toString).filter(path -> path.endsWith(".sock")));
    }

    private static Set<String> machines(Stream<String> texts) {
        Set<String> found = new TreeSet<>();
        texts.forEach(text -> {
            Matcher matcher = MACHINE.matcher(text);
            while (matcher.find()) {
                found.add(matcher.group(1));
            }
        });
        return found;
    }

    private static Stream<ProcessHandle> processes(Path state) {
        return ProcessHandle.allProcesses()
                .filter(process -> arguments(process).anyMatch(argument -> argument.contains(state.toString())));
    }

    private static Stream<String> arguments(ProcessHandle process) {
        return Arrays.stream(process.info().arguments().orElse(new String[0]));
    }

    private static Stream<Path> paths(Path state) {
        try (Stream<Path> files = Files.walk(state)) {
            return files
                    .filter(file -> file.toString().contains("/machines/")
                            || file.getFileName().toString().endsWith(".sock"))
                    .toList()
                    .stream();
        } catch (NoSuchFileException none) {
            return Stream.empty();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
