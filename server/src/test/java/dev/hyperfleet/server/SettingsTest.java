package dev.hyperfleet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    private static final Path DOCUMENT = Path.of("../docs/configuration.md");

    /** A setting and its default, where that is a value: | `NAME` | `value` | or | `NAME` | `value` in the home |. */
    private static final Pattern ROW = Pattern.compile("\\| `([A-Z_]+)` \\| `([^`]+)`( in the home)? \\|.*");

    private static final Pattern NAME =
            Pattern.compile("`((?:HYPERFLEET|PROXY)_[A-Z_]+|PORT|DATABASE_PATH|DISABLE_AUTH)`");

    private static Map<String, String> documentedDefaults() throws IOException {
        Map<String, String> defaults = new HashMap<>();
        for (String line : Files.readAllLines(DOCUMENT)) {
            Matcher row = ROW.matcher(line);
            if (row.matches() && !row.group(1).equals("HYPERFLEET_HEAP")) { // the launcher's
                defaults.put(row.group(1), row.group(3) == null ? row.group(2) : ".hyperfleet/" + row.group(2));
            }
        }
        return defaults;
    }

    @Test
    void theDefaultsAreThoseOfTheDocument() throws IOException {
        Map<String, String> documented = documentedDefaults();
        assertThat(documented).hasSizeGreaterThan(30);
        assertThat(Settings.from(documented)).isEqualTo(Settings.from(Map.of()));
    }

    /** Ensures that the test above compares each of them, not a default with itself. */
    @Test
    void aSettingThatIsNotItsDefaultIsNoticed() {
        assertThat(Settings.from(Map.of("HYPERFLEET_AUDIT_DAYS", "8"))).isNotEqualTo(Settings.from(Map.of()));
        assertThat(Settings.from(Map.of("HYPERFLEET_PROXY_TIMEOUT", "299"))).isNotEqualTo(Settings.from(Map.of()));
    }

    @Test
    void eachSettingIsInTheDocumentAndTheDocumentHasNoOther() throws IOException {
        Environment environment = new Environment(Map.of());
        var _ = Settings.from(environment);
        Set<String> documented = NAME.matcher(Files.readString(DOCUMENT))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        documented.add("HYPERFLEET_NO_INSTALL"); // in the document with its value
        Set<String> known = new TreeSet<>(environment.known());
        // Between the launcher and the server.
        known.removeAll(Set.of("HYPERFLEET_PREPARED", "HYPERFLEET_LAUNCHER", "HYPERFLEET_TRAINING"));
        assertThat(documented).isEqualTo(known);
    }

    @ParameterizedTest
    @CsvSource({
        "HYPERFLEET_NETWROK, HYPERFLEET_NETWORK is not a setting. Did you mean HYPERFLEET_NETWORK?",
        "HYPERFLEET_ROOTFS, HYPERFLEET_ROOTFS is not a setting. Did you mean HYPERFLEET_ROOTFS_PATH?",
        "HYPERFLEET_COLOURS, HYPERFLEET_COLOURS is not a setting. docs/configuration.md lists them.",
    })
    void aSettingThatDoesNotExistIsRefused(String name, String message) {
        String expected = message.replaceFirst("\\S+", name);
        assertThatExceptionOfType(SettingException.class)
                .isThrownBy(() -> Settings.from(Map.of(name, "user")))
                .withMessageStartingWith(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://a.example/",
                "https://A.example",
                "a.example",
                "https://a.example:443",
                "http://a.example:80",
                "null",
                "https://a.example,",
                "ftp://a.example",
                "https://user@a.example"
            })
    void anOriginThatNoBrowserSendsIsRefused(String origin) {
        assertThatExceptionOfType(SettingException.class)
                .isThrownBy(() -> Settings.from(Map.of("HYPERFLEET_CORS_ORIGINS", origin)))
                .withMessageContaining("it must be exact origins as browsers send them");
    }

    @Test
    void originsAreListedExactlyAndNotTooMany() {
        Map<String, String> some = Map.of("HYPERFLEET_CORS_ORIGINS", "https://a.example, http://[::1]:5173");
        assertThat(Settings.from(some).corsOrigins())
                .containsExactlyInAnyOrder("https://a.example", "http://[::1]:5173");
        assertThatExceptionOfType(SettingException.class)
                .isThrownBy(() -> Settings.from(Map.of("HYPERFLEET_CORS_ORIGINS", "*")))
                .withMessageContaining("'*' would let every web page");
        String many = IntStream.rangeClosed(0, 100)
                .mapToObj("https://a%d.example"::formatted)
                .collect(Collectors.joining(","));
        assertThatExceptionOfType(SettingException.class)
                .isThrownBy(() -> Settings.from(Map.of("HYPERFLEET_CORS_ORIGINS", many)))
                .withMessageContaining("at most 100 origins");
    }

    @Test
    void aPoolIsAListOfSizesAndCounts() {
        assertThat(Settings.from(Map.of("HYPERFLEET_WARM_POOL", "default:1x256=4, default:2x1024=1"))
                        .pool())
                .containsExactly(new PoolShare(1, 256, 4), new PoolShare(2, 1024, 1));
        assertThatExceptionOfType(SettingException.class)
                .isThrownBy(() -> Settings.from(
                        Map.of("HYPERFLEET_WARM_POOL", "default:1x256=4", "HYPERFLEET_WARM_START_MAX_MIB", "0")))
                .withMessageContaining("pools need boot snapshots");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1x256=4",
                "debian:1x256=4",
                "default:33x256=4",
                "default:1x256",
                "default:1x256=0",
                "default:1x3=1"
            })
    void aPoolOfAnotherFormIsRefused(String pool) {
        assertThatExceptionOfType(SettingException.class)
                .isThrownBy(() -> Settings.from(Map.of("HYPERFLEET_WARM_POOL", pool)))
                .withMessageContaining("like default:1x256=4");
    }

    @Test
    void aShortArchiveKeyIsRefusedAndNotShown() {
        assertThatExceptionOfType(SettingException.class)
                .isThrownBy(() -> Settings.from(Map.of("HYPERFLEET_ARCHIVE_KEY", "too-short")))
                .withMessageContaining("at least 32 characters")
                .withMessageNotContaining("too-short");
    }

    @Test
    void variablesOfTheCommandLineAndOfOthersAreNone() {
        assertThat(Settings.from(Map.of("HYPERFLEET_TOKEN", "x", "HYPERFLEET_TEST_HOME", "/x", "PATH", "/bin")))
                .isEqualTo(Settings.from(Map.of()));
    }
}
