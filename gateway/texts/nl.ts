// Dutch sentences of the reason words; see en.ts for how they are written.

import type { Reason } from '../contract/reason.ts';

export const dutch = {
  'unknown-nas':
    'Er kwam een aanvraag van een adres dat niet in de NAS-tabel staat; voeg die concentrator met zijn geheim toe, of blokkeer het adres.',
  'packet-too-short': 'Een datagram was korter dan een RADIUS-pakket; kijk na wat er naar deze poort stuurt.',
  'packet-length-wrong':
    'De lengte in een RADIUS-pakket past niet bij zijn datagram; kijk de concentrator na, en of datagrammen onderweg worden afgekapt.',
  'attribute-length-wrong':
    'Een attribuut in een RADIUS-pakket heeft een onmogelijke lengte; werk de concentrator bij.',
  'too-many-attributes':
    'Een RADIUS-pakket bevatte meer attributen dan een concentrator nodig heeft; kijk na welk systeem het stuurde.',
  'code-not-served':
    'Er kwam een soort RADIUS-pakket binnen dat deze poort niet behandelt; kijk de poortnummers op de concentrator na.',
  'message-authenticator-missing':
    'De concentrator ondertekent zijn aanvragen niet; zet daar Message-Authenticator aan, of sta deze NAS toe zonder te werken.',
  'message-authenticator-wrong':
    'De handtekening van een aanvraag klopt niet; kijk na of het gedeelde geheim aan beide kanten hetzelfde is.',
  'message-authenticator-malformed':
    'De Message-Authenticator van een aanvraag telt geen 16 octetten; werk de concentrator bij.',
  'message-authenticator-repeated':
    'Een aanvraag bevatte meer dan één Message-Authenticator; werk de concentrator of de proxy ertussen bij.',
  'request-authenticator-wrong':
    'De authenticator van een accountingaanvraag klopt niet; kijk na of het gedeelde geheim aan beide kanten hetzelfde is.',
  'proxy-state-unsigned':
    'Een aanvraag kwam zonder handtekening via een proxy; zet Message-Authenticator aan op de proxy.',
  'duplicate-in-progress': 'Dezelfde aanvraag wordt al beantwoord; er hoeft niets te gebeuren.',
  'credentials-missing':
    'De aanvraag bevatte geen manier om aan te melden; verbind met het VPN-profiel dat u van uw organisatie kreeg.',
  'credentials-conflicting':
    'De aanvraag bevatte twee manieren van aanmelden tegelijk; verbind met het VPN-profiel dat u van uw organisatie kreeg.',
  'password-malformed':
    'Het wachtwoord in een aanvraag kwam beschadigd aan; kijk na of het gedeelde geheim aan beide kanten hetzelfde is.',
  'accounting-malformed':
    'Een accountingaanvraag zegt niet over welke sessie ze gaat; kijk de accountinginstellingen van de concentrator na.',
  'authority-silent':
    'De server die voor deze concentrator beslist, antwoordt niet; kijk na of hij draait en deze gateway als client kent.',
  'session-unknown': 'Deze sessie is hier niet bekend; verbind opnieuw als de verbinding niet werkt.',

  'eap-malformed': 'Een bericht van de VPN-client kon niet worden gelezen; werk de VPN-client bij.',
  'eap-state-unknown': 'De aanmelding lag te lang stil of de gateway werd herstart; verbind opnieuw.',
  'eap-state-other-gateway':
    'De aanmelding begon bij een andere gateway; verbind opnieuw, en laat de concentrator per aanmelding bij één gateway blijven.',
  'eap-state-other-nas': 'De aanmelding begon bij een andere concentrator; verbind opnieuw.',
  'eap-identifier-wrong': 'Een antwoord hoorde niet bij de laatste vraag; verbind opnieuw.',
  'eap-unexpected':
    'De VPN-client antwoordde buiten zijn beurt; verbind opnieuw, en werk de VPN-client bij als dit terugkomt.',
  'eap-method-refused':
    'De VPN-client biedt geen aanmelding met een certificaat aan; kies EAP-TLS in zijn instellingen.',
  'eap-method-off':
    'De VPN-client vraagt een manier van aanmelden die hier uit staat; verbind met het VPN-profiel dat u van uw organisatie kreeg.',
  'eap-crypto-binding-wrong':
    'Wie zich aanmeldde, is niet wie de beveiligde verbinding vasthoudt; verbind via een ander netwerk en meld het bij de helpdesk.',
  'eap-fragment-malformed':
    'Een deel van de aanmelding kwam beschadigd aan; verbind opnieuw, en werk de VPN-client bij als dit terugkomt.',
  'eap-message-too-large':
    'De VPN-client stuurde meer dan een aanmelding nodig heeft; laat hem alleen zijn eigen certificaat en de uitgevers daarvan sturen.',
  'eap-too-many-rounds':
    'De aanmelding had te veel berichten nodig; laat de VPN-client grotere fragmenten gebruiken en verbind opnieuw.',
  'eap-too-slow': 'De aanmelding duurde te lang; kijk de internetverbinding na en verbind opnieuw.',
  'eap-too-many-conversations': 'Er melden zich nu heel veel mensen aan; probeer het over een minuut opnieuw.',
  'tls-handshake-failed':
    'Er kwam geen veilige verbinding tot stand; werk de VPN-client bij en kijk na welk certificaat erin gekozen is.',
  'tls-version-refused': 'De VPN-client en de gateway hebben geen TLS-versie gemeen; werk de VPN-client bij.',
  'tls-alert-from-peer':
    'De VPN-client brak de aanmelding af; verbind opnieuw, en werk de VPN-client bij als dat niet helpt.',
  'server-certificate-refused':
    'De VPN-client vertrouwt het certificaat van de gateway niet; vraag de helpdesk om het juiste VPN-profiel.',
  'tls-engine-lost': 'De gateway verloor deze aanmelding door een eigen fout; verbind opnieuw.',

  'certificate-missing':
    'Er werd geen certificaat getoond; steek uw kaart in of kies uw certificaat, en verbind opnieuw.',
  'certificate-malformed': 'Het certificaat kon niet worden gelezen; vraag de helpdesk om een nieuw.',
  'certificate-too-large': 'Het certificaat is groter dan deze gateway aanvaardt; vraag de helpdesk om een ander.',
  'certificate-chain-too-long':
    'Het certificaat kwam met te veel uitgevers; laat de VPN-client alleen de uitgevers van dit certificaat sturen.',
  'certificate-anchor-unknown':
    'De uitgever van het certificaat wordt hier niet vertrouwd; kies het certificaat dat uw organisatie verwacht.',
  'certificate-issuer-refused':
    'Een uitgever van het certificaat was niet bevoegd om het uit te geven; vraag de helpdesk om een ander certificaat.',
  'certificate-signature-wrong':
    'Het certificaat of een van zijn uitgevers draagt niet de juiste handtekening; vraag de helpdesk om een ander certificaat.',
  'certificate-not-yet-valid':
    'Het certificaat is nog niet geldig; wacht tot de eerste dag ervan of vraag raad aan de helpdesk.',
  'certificate-expired': 'Het certificaat is verlopen; vernieuw het of vraag de helpdesk hoe dat gaat.',
  'certificate-revoked': 'Het certificaat is ingetrokken; vraag de uitgever om een nieuw.',
  'certificate-on-hold': 'Het certificaat is geschorst; vraag de uitgever om de schorsing op te heffen.',
  'certificate-usage-wrong':
    'Dit certificaat is niet bedoeld om aan te melden; kies uw authenticatiecertificaat en verbind opnieuw.',
  'certificate-purpose-wrong':
    'Dit certificaat is voor een ander doel uitgegeven; kies het certificaat dat uw organisatie verwacht.',
  'certificate-policy-wrong':
    'Dit soort certificaat wordt hier niet aanvaard; kies het certificaat dat uw organisatie verwacht.',
  'certificate-subject-wrong':
    'De naam in het certificaat heeft niet de verwachte vorm; vraag de helpdesk om een ander certificaat.',
  'certificate-key-weak':
    'De sleutel van het certificaat is intussen te zwak; vraag de helpdesk om een nieuw certificaat.',
  'certificate-hash-weak':
    'De handtekening van het certificaat gebruikt een verouderde methode; vraag de helpdesk om een nieuw certificaat.',
  'certificate-extension-unknown':
    'Het certificaat bevat een voorwaarde die deze gateway niet kent; vraag de helpdesk om een ander certificaat.',
  'revocation-unknown':
    'De gateway kan nu niet nagaan of het certificaat nog geldig is; probeer het over enkele minuten opnieuw.',
  'identifier-missing':
    'Het certificaat bevat het nummer niet dat hier nodig is; kies het certificaat dat uw organisatie verwacht.',
  'identifier-checksum-wrong':
    'Het nummer in het certificaat komt niet uit; vraag de helpdesk om het certificaat te bekijken.',
  'person-too-young': 'De minimumleeftijd voor deze toegang is niet bereikt; vraag de helpdesk om een andere weg.',
  'ticket-unknown': 'Deze eenmalige aanmelding is niet bekend; verbind opnieuw vanuit de agent.',
  'ticket-secret-wrong': 'De eenmalige aanmelding kwam onvolledig aan; verbind opnieuw vanuit de agent.',
  'ticket-expired': 'De eenmalige aanmelding is verlopen; verbind opnieuw vanuit de agent.',
  'ticket-used': 'De eenmalige aanmelding is al gebruikt; verbind opnieuw vanuit de agent.',
  'password-wrong': 'De gebruikersnaam en het wachtwoord horen niet bij elkaar; typ ze opnieuw en verbind opnieuw.',
  'second-factor-missing':
    'Hier is een tweede factor nodig; stel een authenticator-app in zoals uw organisatie het beschrijft, en verbind opnieuw.',
  'second-factor-wrong':
    'De code van de tweede factor klopt niet; kijk de klok van uw telefoon na en typ de code die hij nu toont.',
  'second-factor-replayed':
    'De code van de tweede factor is al gebruikt; wacht tot uw telefoon de volgende toont en typ die.',
  'login-locked':
    'Aanmelden met deze gebruikersnaam mislukte te vaak; wacht een kwartier en verbind opnieuw vanwaar u gewoonlijk werkt.',
  'password-path-refused':
    'Een wachtwoord mag niet over deze weg; laat de concentrator de gateway bereiken over RADIUS met TLS of over IPsec.',
  'password-method-refused':
    'Een wachtwoord kan niet worden nagezien zoals deze VPN het stuurt; meld u aan vanuit de agent, of laat de concentrator PAP of EAP gebruiken.',

  'report-too-large': 'Het verslag over deze laptop is groter dan de gateway aanvaardt; werk de agent bij.',
  'report-too-deep': 'Het verslag over deze laptop is te diep genest; werk de agent bij.',
  'report-malformed': 'Het verslag over deze laptop kon niet worden gelezen; werk de agent bij.',
  'report-schema-wrong': 'Het verslag over deze laptop heeft niet de afgesproken vorm; werk de agent bij.',
  'report-signature-wrong':
    'Het verslag over deze laptop is niet met zijn eigen sleutel ondertekend; laat de helpdesk de agent opnieuw inschrijven.',
  'report-device-mismatch':
    'Het verslag gaat over een andere laptop dan die het stuurde; laat de helpdesk de agent opnieuw inschrijven.',
  'report-sequence-old': 'Er is al een nieuwer verslag over deze laptop; laat de agent opnieuw controleren.',
  'nonce-unknown': 'De agent beantwoordde een vraag die deze gateway niet stelde; laat de agent opnieuw controleren.',
  'nonce-expired': 'De agent antwoordde te laat; laat de agent opnieuw controleren.',
  'nonce-used': 'De agent beantwoordde dezelfde vraag twee keer; laat de agent opnieuw controleren.',
  'channel-binding-wrong':
    'Het antwoord was voor een andere verbinding gemaakt; laat de agent opnieuw controleren, zonder iets ertussen dat TLS opent.',
  'session-key-unproven':
    'De sleutel van deze verbinding is niet door de laptop bevestigd; laat de agent opnieuw verbinden.',
  'session-key-expired': 'De sleutel van deze verbinding is verlopen; laat de agent opnieuw verbinden.',
  'proof-malformed': 'Het identiteitsbewijs kon niet worden gelezen; werk de agent bij.',
  'proof-signature-wrong':
    'Het identiteitsbewijs is niet ondertekend met de kaart die werd getoond; meld u opnieuw aan.',
  'too-many-requests': 'De agent vroeg te vaak; wacht een minuut en laat hem opnieuw controleren.',
  'device-waiting':
    'Over deze computer heeft nog niemand beslist; geef de helpdesk zijn code en vraag het later opnieuw.',
  'acceptance-outdated':
    'Deze tekst is intussen gewijzigd of wordt niet meer gevraagd; lees de huidige tekst en aanvaard die.',
  'identity-proof-missing':
    'Er is op deze laptop in de laatste tien minuten niemand met een identiteitskaart aangemeld; steek de kaart in de lezer en probeer opnieuw.',

  'report-missing': 'Over deze laptop is nog niets bekend; start de agent en laat hem controleren.',
  'report-stale': 'Het laatste verslag over deze laptop is te oud; start de agent en laat hem opnieuw controleren.',
  'policy-gap': 'Geen enkel toegangsbeleid geldt voor deze persoon en laptop; vraag de beheerder er een toe te voegen.',
  'policy-overlap':
    'Meer dan één toegangsbeleid geldt voor deze persoon en laptop; vraag de beheerder te zeggen welk er telt.',
  'segment-untold':
    'Deze VPN kan deze laptop niet apart houden terwijl hij wordt hersteld; gebruik een andere VPN of vraag de beheerder.',
  'requirement-failed': 'Deze laptop voldoet nog niet aan een eis; de agent toont welke en hoe u dat oplost.',
  'requirement-unknown':
    'Er kon niet worden vastgesteld of deze laptop aan een eis voldoet; laat de agent opnieuw controleren.',
  'device-stolen': 'Deze laptop staat als gestolen geregistreerd; bel de helpdesk.',
  'device-retired':
    'Deze laptop staat als buiten gebruik geregistreerd; vraag de helpdesk om hem weer in gebruik te nemen.',
  'device-unregistered': 'Deze laptop is nog niet geregistreerd; vraag de helpdesk om hem te registreren.',
  'binding-too-weak':
    'De verbinding moet steviger aan deze laptop gebonden zijn; verbind vanuit de agent op de laptop zelf.',
  'unadmitted-session':
    'De concentrator meldt een verbinding die deze gateway nooit heeft toegelaten; beëindig ze daar en zoek uit wie ze toeliet.',
  'session-limit-reached': 'De verbinding heeft zo lang geduurd als een verbinding mag duren; maak opnieuw verbinding.',

  'token-wrong':
    'Het token ontbreekt of klopt niet; stuur het token van deze gateway mee als "Authorization: Bearer …".',
  'request-malformed': 'De vraag is onjuist gesteld; kijk de namen en waarden na.',
  'record-unknown': 'Er is geen beslissing met dit nummer of deze dossiercode; kijk de code na.',
  'address-unknown': 'Op dit adres is niets; kijk het adres na.',
  'right-missing':
    'Deze operator mag dit niet doen; vraag het recht ervoor aan wie de configuratie van de gateway beheert.',
  'reason-missing': 'Er is geen reden opgegeven; zeg in minstens tien tekens waarom.',
  'act-not-configured': 'Deze gateway is daar niet voor ingesteld; kijk de configuratie na.',
  'session-ended': 'Deze sessie is al gestopt; er valt niets meer aan te doen.',
  'person-unknown': 'De directory kent niemand met dit pseudoniem; kijk het pseudoniem na.',
  'nas-unknown': 'Er is geen concentrator met deze naam; kijk de naam na.',
  'trace-unknown': 'Deze trace is voorbij of van een andere operator; begin een nieuwe.',
  'nothing-waits': 'Er wacht geen wijziging van regels op een beheerder; bekijk de toestand van het beleid.',
  'no-earlier-policy': 'Hier is geen beleid van vóór dit bekend; geef een eerdere versie opnieuw vrij.',
  'replay-unknown': 'Deze proef is onbekend, langer dan een uur geleden of nog niet klaar; begin een nieuwe.',
  'device-unknown': 'Een toestel met deze sleutel is hier nooit gezien; kijk de sleutel na in de lijst van wie wacht.',
  'second-factor-active':
    'Deze persoon heeft al een tweede factor in gebruik; zeg er uitdrukkelijk bij dat een nieuwe die moet vervangen.',

  'try-again': 'De gateway kan nu niet antwoorden en heeft niets beslist; probeer het over enkele minuten opnieuw.',
  'login-rate':
    'De VPN-client heeft zich binnen een minuut vele keren aangemeld; sluit hem, wacht een minuut en probeer opnieuw.',
  'store-unavailable': 'De gateway kan nu niet bij zijn geheugen; probeer het over enkele minuten opnieuw.',
  'directory-unavailable': 'De gateway kan nu niet bij de directory; probeer het over enkele minuten opnieuw.',
  overloaded: 'De gateway heeft het nu heel druk; probeer het over een minuut opnieuw.',
  'not-ready': 'De gateway is nog aan het starten; probeer het over een minuut opnieuw.',
  'version-conflict': 'Iets anders wijzigde dezelfde sessie op hetzelfde ogenblik; probeer het opnieuw.',
  'reply-too-large':
    'Het antwoord past niet in één RADIUS-pakket; laat de beheerder inkorten wat het beleid meestuurt.',
} as const satisfies Record<Reason, string>;
