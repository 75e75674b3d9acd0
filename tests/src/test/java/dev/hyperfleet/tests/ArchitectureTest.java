package dev.hyperfleet.tests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The dependencies between folders, and rules that keep the code readable. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("dev.hyperfleet");

    private static final List<String> FORBIDDEN_NAMES = List.of("Util", "Utils", "Helper", "Manager", "Impl");
    private static final int MAX_LINES = 500;

    @Test
    void foldersDependOnlyOnWhatTheyMay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("core")
                .definedBy("dev.hyperfleet.core..")
                .layer("store")
                .definedBy("dev.hyperfleet.store..")
                .layer("host")
                .definedBy("dev.hyperfleet.host..")
                .layer("guest")
                .definedBy("dev.hyperfleet.guest..")
                .layer("oci")
                .definedBy("dev.hyperfleet.oci..")
                .layer("http")
                .definedBy("dev.hyperfleet.http..")
                .layer("api")
                .definedBy("dev.hyperfleet.api..")
                .layer("proxy")
                .definedBy("dev.hyperfleet.proxy..")
                .layer("cli")
                .definedBy("dev.hyperfleet.cli..")
                .layer("server")
                .definedBy("dev.hyperfleet.server..")
                .whereLayer("server")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("store")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("host")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("guest")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("oci")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("http")
                .mayOnlyBeAccessedByLayers("api", "proxy", "server")
                .whereLayer("api")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("proxy")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("cli")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("core")
                .mayOnlyBeAccessedByLayers("store", "host", "guest", "oci", "http", "api", "proxy", "server")
                .check(CLASSES);
    }

    @Test
    void theCoreKnowsNothingButTheJdk() {
        classes()
                .that()
                .resideInAPackage("dev.hyperfleet.core..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("dev.hyperfleet.core..", "java..", "javax.crypto..", "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void thereAreNoCycles() {
        slices().matching("dev.hyperfleet.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void packagesWithinAFolderAreFreeOfCycles() {
        for (String folder : List.of("core", "host", "oci", "api")) {
            slices().matching("dev.hyperfleet." + folder + ".(*)..")
                    .should()
                    .beFreeOfCycles()
                    .check(CLASSES);
        }
    }

    /** Foreign text is made safe there. */
    @Test
    void commandsPrintThroughOnePlace() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.hyperfleet.cli..", "dev.hyperfleet.server..")
                .and()
                .doNotHaveSimpleName("Output")
                .should()
                .callMethod(CommandLine.class, "getOut")
                .orShould()
                .callMethod(CommandLine.class, "getErr")
                .orShould()
                .accessField(System.class, "out")
                .check(CLASSES);
    }

    @Test
    void everyPackageIsNullMarked() throws IOException {
        for (Path file : sources()) {
            Path description = file.resolveSibling("package-info.java");
            boolean isOfTheProduct = file.toString().contains("/src/main/"); // neither a test nor a script
            assertThat(!isOfTheProduct || Files.readString(description).contains("@NullMarked"))
                    .as(description.toString())
                    .isTrue();
        }
    }

    @Test
    void classesAreSmallAndCalledAfterWhatTheyAre() throws IOException {
        for (Path file : sources()) {
            String name = file.getFileName().toString().replace(".java", "");
            assertThat(FORBIDDEN_NAMES).as(name).noneMatch(name::endsWith);
            assertThat(Files.readAllLines(file)).as(name).hasSizeLessThan(MAX_LINES);
        }
    }

    @Test
    void nothingSleepsAndNothingIsSwallowedInTheProduct() throws IOException {
        Pattern sleep = Pattern.compile("Thread\\.sleep|printStackTrace\\(\\)");
        for (Path file : sources()) {
            if (file.toString().contains("/src/main/") && !file.toString().contains("/bench/")) {
                assertThat(sleep.matcher(Files.readString(file)).find())
                        .as(file.toString())
                        .isFalse();
            }
        }
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(TestHome.PROJECT)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.toString().contains("/target/"))
                    .toList();
        }
    }
}
