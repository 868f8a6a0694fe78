import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.model.api.Include;
import ca.uhn.fhir.rest.annotation.IncludeParam;
import ca.uhn.fhir.rest.annotation.OptionalParam;
import ca.uhn.fhir.rest.annotation.Search;
import ca.uhn.fhir.rest.api.server.IBundleProvider;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.param.DateRangeParam;
import ca.uhn.fhir.rest.server.FifoMemoryPagingProvider;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.SimpleBundleProvider;
import ca.uhn.fhir.rest.server.exceptions.AuthenticationException;
import ca.uhn.fhir.rest.server.interceptor.RequestValidatingInterceptor;
import ca.uhn.fhir.rest.server.provider.HashMapResourceProvider;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.*;

/** A HAPI FHIR R4 server in memory: `FhirServer PORT TOKEN`; validates what is written. */
public class FhirServer {
  public static void main(String[] words) throws Exception {
    FhirContext fhir = FhirContext.forR4();
    RestfulServer rest = new RestfulServer(fhir);
    HashMapResourceProvider<Patient> patients = new HashMapResourceProvider<>(fhir, Patient.class);
    var practitioners = new HashMapResourceProvider<>(fhir, Practitioner.class);
    var groups = new HashMapResourceProvider<>(fhir, Group.class);
    var teams = new HashMapResourceProvider<>(fhir, CareTeam.class);
    rest.setResourceProviders(patients, practitioners, groups, teams,
        new Appointments(fhir, List.of(patients, practitioners, groups, teams)));
    FifoMemoryPagingProvider pages = new FifoMemoryPagingProvider(20);
    pages.setDefaultPageSize(10);
    pages.setMaximumPageSize(10);
    rest.setPagingProvider(pages);
    rest.registerInterceptor(new Bearer(words[1]));
    var chain = new ValidationSupportChain(new DefaultProfileValidationSupport(fhir),
        new CommonCodeSystemsTerminologyService(fhir),
        new InMemoryTerminologyServerValidationSupport(fhir));
    RequestValidatingInterceptor validating = new RequestValidatingInterceptor();
    validating.addValidatorModule(new FhirInstanceValidator(chain));
    validating.setFailOnSeverity(ResultSeverityEnum.ERROR);
    rest.registerInterceptor(validating);
    Server server = new Server(new java.net.InetSocketAddress("127.0.0.1", Integer.parseInt(words[0])));
    ServletContextHandler handler = new ServletContextHandler("/");
    handler.addServlet(new ServletHolder(rest), "/fhir/*");
    server.setHandler(handler);
    server.start();
    server.join();
  }

  /** Appointments by date, in order of their start, with what they refer to. */
  public static class Appointments extends HashMapResourceProvider<Appointment> {
    private final List<? extends HashMapResourceProvider<?>> others;

    Appointments(FhirContext fhir, List<? extends HashMapResourceProvider<?>> others) {
      super(fhir, Appointment.class);
      this.others = others;
    }

    @Search(allowUnknownParams = true)
    public IBundleProvider byDate(@OptionalParam(name = "date") DateRangeParam date,
        @IncludeParam(allow = {"*", "Appointment:actor", "Appointment:supporting-info"}) Set<Include> wanted,
        RequestDetails asked) {
      List<Appointment> found = new ArrayList<>(getStoredResources());
      if (date != null && date.getLowerBoundAsInstant() != null) {
        found.removeIf(one -> one.getStart().before(date.getLowerBoundAsInstant()));
      }
      found.sort(Comparator.comparing(Appointment::getStart));
      List<IBaseResource> all = new ArrayList<>(found);
      if (!wanted.isEmpty()) {
        others.forEach(provider -> all.addAll(provider.getStoredResources()));
      }
      return new SimpleBundleProvider(all);
    }
  }

  /** Refuses whoever lacks the token. */
  @Interceptor
  public static class Bearer {
    private final String token;

    Bearer(String token) {
      this.token = "Bearer " + token;
    }

    @Hook(Pointcut.SERVER_INCOMING_REQUEST_POST_PROCESSED)
    public void check(RequestDetails asked) {
      if (!token.equals(asked.getHeader("Authorization"))) {
        throw new AuthenticationException("unknown token");
      }
    }
  }
}
