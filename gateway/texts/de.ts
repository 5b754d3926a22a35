// German sentences of the reason words; see en.ts for how they are written.

import type { Reason } from '../contract/reason.ts';

export const german = {
  'unknown-nas':
    'Eine Anfrage kam von einer Adresse, die nicht in der NAS-Tabelle steht; tragen Sie den Konzentrator mit seinem Geheimnis ein oder sperren Sie die Adresse.',
  'packet-too-short': 'Ein Datagramm war kürzer als ein RADIUS-Paket; prüfen Sie, was an diesen Port sendet.',
  'packet-length-wrong':
    'Die Länge in einem RADIUS-Paket passt nicht zum Datagramm; prüfen Sie den Konzentrator und ob unterwegs Datagramme gekürzt werden.',
  'attribute-length-wrong':
    'Ein Attribut in einem RADIUS-Paket hat eine unmögliche Länge; aktualisieren Sie den Konzentrator.',
  'too-many-attributes':
    'Ein RADIUS-Paket trug mehr Attribute, als ein Konzentrator braucht; prüfen Sie, welches System es gesendet hat.',
  'code-not-served':
    'Ein RADIUS-Paket einer Art, die dieser Port nicht bedient, ist angekommen; prüfen Sie die Portnummern am Konzentrator.',
  'message-authenticator-missing':
    'Der Konzentrator signiert seine Anfragen nicht; schalten Sie dort Message-Authenticator ein oder erlauben Sie diesem NAS, darauf zu verzichten.',
  'message-authenticator-wrong':
    'Die Signatur einer Anfrage stimmt nicht; prüfen Sie, ob das gemeinsame Geheimnis auf beiden Seiten gleich ist.',
  'message-authenticator-malformed':
    'Der Message-Authenticator einer Anfrage hat keine 16 Oktette; aktualisieren Sie den Konzentrator.',
  'message-authenticator-repeated':
    'Eine Anfrage trug mehr als einen Message-Authenticator; aktualisieren Sie den Konzentrator oder den Proxy dazwischen.',
  'request-authenticator-wrong':
    'Der Authenticator einer Accounting-Anfrage stimmt nicht; prüfen Sie, ob das gemeinsame Geheimnis auf beiden Seiten gleich ist.',
  'proxy-state-unsigned':
    'Eine Anfrage kam ohne Signatur über einen Proxy; schalten Sie Message-Authenticator am Proxy ein.',
  'duplicate-in-progress': 'Dieselbe Anfrage wird bereits beantwortet; es ist nichts zu tun.',
  'credentials-missing':
    'Die Anfrage enthielt keine Art der Anmeldung; verbinden Sie sich mit dem VPN-Profil Ihrer Organisation.',
  'credentials-conflicting':
    'Die Anfrage enthielt zwei Arten der Anmeldung zugleich; verbinden Sie sich mit dem VPN-Profil Ihrer Organisation.',
  'password-malformed':
    'Das Passwort in einer Anfrage kam beschädigt an; prüfen Sie, ob das gemeinsame Geheimnis auf beiden Seiten gleich ist.',
  'accounting-malformed':
    'Eine Accounting-Anfrage sagt nicht, um welche Sitzung es geht; prüfen Sie die Accounting-Einstellungen des Konzentrators.',
  'authority-silent':
    'Der Server, der für diesen Konzentrator entscheidet, antwortet nicht; prüfen Sie, ob er läuft und dieses Gateway als Client kennt.',
  'session-unknown':
    'Diese Sitzung ist hier nicht bekannt; verbinden Sie sich neu, wenn die Verbindung nicht funktioniert.',

  'eap-malformed': 'Eine Nachricht des VPN-Clients konnte nicht gelesen werden; aktualisieren Sie den VPN-Client.',
  'eap-state-unknown': 'Die Anmeldung ruhte zu lange oder das Gateway wurde neu gestartet; verbinden Sie sich neu.',
  'eap-state-other-gateway':
    'Die Anmeldung begann an einem anderen Gateway; verbinden Sie sich neu und lassen Sie den Konzentrator je Anmeldung bei einem Gateway bleiben.',
  'eap-state-other-nas': 'Die Anmeldung begann an einem anderen Konzentrator; verbinden Sie sich neu.',
  'eap-identifier-wrong': 'Eine Antwort gehörte nicht zur letzten Frage; verbinden Sie sich neu.',
  'eap-unexpected':
    'Der VPN-Client antwortete außer der Reihe; verbinden Sie sich neu und aktualisieren Sie den VPN-Client, wenn es wieder geschieht.',
  'eap-method-refused':
    'Der VPN-Client bietet keine Anmeldung mit Zertifikat an; wählen Sie EAP-TLS in seinen Einstellungen.',
  'eap-method-off':
    'Der VPN-Client verlangt eine Anmeldeart, die hier abgeschaltet ist; verbinden Sie sich mit dem VPN-Profil Ihrer Organisation.',
  'eap-crypto-binding-wrong':
    'Wer sich angemeldet hat, ist nicht, wer die geschützte Verbindung hält; verbinden Sie sich über ein anderes Netz und melden Sie es dem Helpdesk.',
  'eap-fragment-malformed':
    'Ein Teil der Anmeldung kam beschädigt an; verbinden Sie sich neu und aktualisieren Sie den VPN-Client, wenn es wieder geschieht.',
  'eap-message-too-large':
    'Der VPN-Client sendete mehr, als eine Anmeldung braucht; lassen Sie ihn nur sein eigenes Zertifikat und dessen Aussteller senden.',
  'eap-too-many-rounds':
    'Die Anmeldung brauchte zu viele Nachrichten; stellen Sie im VPN-Client größere Fragmente ein und verbinden Sie sich neu.',
  'eap-too-slow': 'Die Anmeldung dauerte zu lange; prüfen Sie die Internetverbindung und verbinden Sie sich neu.',
  'eap-too-many-conversations':
    'Sehr viele Menschen melden sich gerade an; versuchen Sie es in einer Minute noch einmal.',
  'tls-handshake-failed':
    'Es kam keine sichere Verbindung zustande; aktualisieren Sie den VPN-Client und prüfen Sie, welches Zertifikat darin gewählt ist.',
  'tls-version-refused': 'VPN-Client und Gateway haben keine TLS-Version gemeinsam; aktualisieren Sie den VPN-Client.',
  'tls-alert-from-peer':
    'Der VPN-Client brach die Anmeldung ab; verbinden Sie sich neu, und aktualisieren Sie ihn, falls das nicht hilft.',
  'server-certificate-refused':
    'Der VPN-Client vertraut dem Zertifikat des Gateways nicht; bitten Sie den Helpdesk um das richtige VPN-Profil.',
  'tls-engine-lost': 'Das Gateway hat diese Anmeldung durch einen eigenen Fehler verloren; verbinden Sie sich neu.',

  'certificate-missing':
    'Es wurde kein Zertifikat gezeigt; stecken Sie Ihre Karte ein oder wählen Sie Ihr Zertifikat und verbinden Sie sich neu.',
  'certificate-malformed': 'Das Zertifikat konnte nicht gelesen werden; bitten Sie den Helpdesk um ein neues.',
  'certificate-too-large':
    'Das Zertifikat ist größer, als dieses Gateway annimmt; bitten Sie den Helpdesk um ein anderes.',
  'certificate-chain-too-long':
    'Das Zertifikat kam mit zu vielen Ausstellern; lassen Sie den VPN-Client nur die Aussteller dieses Zertifikats senden.',
  'certificate-anchor-unknown':
    'Dem Aussteller des Zertifikats wird hier nicht vertraut; wählen Sie das Zertifikat, das Ihre Organisation erwartet.',
  'certificate-issuer-refused':
    'Ein Aussteller des Zertifikats war nicht befugt, es auszustellen; bitten Sie den Helpdesk um ein anderes Zertifikat.',
  'certificate-signature-wrong':
    'Das Zertifikat oder einer seiner Aussteller trägt nicht die richtige Signatur; bitten Sie den Helpdesk um ein anderes Zertifikat.',
  'certificate-not-yet-valid':
    'Das Zertifikat ist noch nicht gültig; warten Sie bis zu seinem ersten Tag oder fragen Sie den Helpdesk.',
  'certificate-expired': 'Das Zertifikat ist abgelaufen; erneuern Sie es oder fragen Sie den Helpdesk, wie das geht.',
  'certificate-revoked': 'Das Zertifikat wurde widerrufen; bitten Sie seinen Aussteller um ein neues.',
  'certificate-on-hold': 'Das Zertifikat ist ausgesetzt; bitten Sie seinen Aussteller, die Aussetzung aufzuheben.',
  'certificate-usage-wrong':
    'Dieses Zertifikat ist nicht zum Anmelden gedacht; wählen Sie Ihr Authentifizierungszertifikat und verbinden Sie sich neu.',
  'certificate-purpose-wrong':
    'Dieses Zertifikat wurde für einen anderen Zweck ausgestellt; wählen Sie das Zertifikat, das Ihre Organisation erwartet.',
  'certificate-policy-wrong':
    'Diese Art von Zertifikat wird hier nicht angenommen; wählen Sie das Zertifikat, das Ihre Organisation erwartet.',
  'certificate-subject-wrong':
    'Der Name im Zertifikat hat nicht die erwartete Form; bitten Sie den Helpdesk um ein anderes Zertifikat.',
  'certificate-key-weak':
    'Der Schlüssel des Zertifikats ist inzwischen zu schwach; bitten Sie den Helpdesk um ein neues Zertifikat.',
  'certificate-hash-weak':
    'Die Signatur des Zertifikats nutzt ein veraltetes Verfahren; bitten Sie den Helpdesk um ein neues Zertifikat.',
  'certificate-extension-unknown':
    'Das Zertifikat enthält eine Bedingung, die dieses Gateway nicht kennt; bitten Sie den Helpdesk um ein anderes Zertifikat.',
  'revocation-unknown':
    'Das Gateway kann gerade nicht feststellen, ob das Zertifikat noch gültig ist; versuchen Sie es in einigen Minuten noch einmal.',
  'identifier-missing':
    'Das Zertifikat enthält nicht die Nummer, die hier nötig ist; wählen Sie das Zertifikat, das Ihre Organisation erwartet.',
  'identifier-checksum-wrong':
    'Die Nummer im Zertifikat geht nicht auf; bitten Sie den Helpdesk, das Zertifikat anzusehen.',
  'person-too-young':
    'Das Mindestalter für diesen Zugang ist nicht erreicht; bitten Sie den Helpdesk um einen anderen Weg.',
  'ticket-unknown': 'Diese einmalige Anmeldung ist nicht bekannt; verbinden Sie sich neu aus dem Agenten.',
  'ticket-secret-wrong': 'Die einmalige Anmeldung kam unvollständig an; verbinden Sie sich neu aus dem Agenten.',
  'ticket-expired': 'Die einmalige Anmeldung ist abgelaufen; verbinden Sie sich neu aus dem Agenten.',
  'ticket-used': 'Die einmalige Anmeldung wurde schon benutzt; verbinden Sie sich neu aus dem Agenten.',
  'password-wrong':
    'Benutzername und Passwort gehören nicht zusammen; tippen Sie beide noch einmal und verbinden Sie sich neu.',
  'second-factor-missing':
    'Hier ist ein zweiter Faktor nötig; richten Sie eine Authenticator-App so ein, wie Ihre Organisation es beschreibt.',
  'second-factor-wrong':
    'Der Code des zweiten Faktors stimmt nicht; prüfen Sie die Uhr Ihres Telefons und tippen Sie den Code, den es jetzt zeigt.',
  'second-factor-replayed':
    'Der Code des zweiten Faktors wurde schon benutzt; warten Sie, bis Ihr Telefon den nächsten zeigt, und tippen Sie diesen.',
  'login-locked':
    'Die Anmeldung mit diesem Namen misslang zu oft; warten Sie eine Viertelstunde und verbinden Sie sich von gewohnter Stelle.',
  'password-path-refused':
    'Ein Passwort darf nicht über diesen Weg; verbinden Sie den Konzentrator mit dem Gateway über RADIUS mit TLS oder über IPsec.',
  'password-method-refused':
    'Ein Passwort lässt sich so, wie dieses VPN es sendet, nicht prüfen; melden Sie sich aus dem Agenten an, oder stellen Sie den Konzentrator auf PAP oder EAP um.',

  'report-too-large':
    'Der Bericht über diesen Laptop ist größer, als das Gateway annimmt; aktualisieren Sie den Agenten.',
  'report-too-deep': 'Der Bericht über diesen Laptop ist zu tief verschachtelt; aktualisieren Sie den Agenten.',
  'report-malformed': 'Der Bericht über diesen Laptop konnte nicht gelesen werden; aktualisieren Sie den Agenten.',
  'report-schema-wrong':
    'Der Bericht über diesen Laptop hat nicht die vereinbarte Form; aktualisieren Sie den Agenten.',
  'report-signature-wrong':
    'Der Bericht über diesen Laptop ist nicht mit dessen eigenem Schlüssel signiert; lassen Sie den Helpdesk den Agenten neu anmelden.',
  'report-device-mismatch':
    'Der Bericht handelt von einem anderen Laptop als dem, der ihn gesendet hat; lassen Sie den Helpdesk den Agenten neu anmelden.',
  'report-sequence-old':
    'Ein neuerer Bericht über diesen Laptop ist schon da; lassen Sie den Agenten noch einmal prüfen.',
  'nonce-unknown':
    'Der Agent beantwortete eine Frage, die dieses Gateway nicht gestellt hat; lassen Sie den Agenten noch einmal prüfen.',
  'nonce-expired': 'Der Agent antwortete zu spät; lassen Sie den Agenten noch einmal prüfen.',
  'nonce-used': 'Der Agent beantwortete dieselbe Frage zweimal; lassen Sie den Agenten noch einmal prüfen.',
  'channel-binding-wrong':
    'Die Antwort war für eine andere Verbindung gemacht; lassen Sie den Agenten noch einmal prüfen, ohne etwas dazwischen, das TLS öffnet.',
  'session-key-unproven':
    'Der Schlüssel dieser Verbindung wurde nicht vom Laptop bestätigt; lassen Sie den Agenten neu verbinden.',
  'session-key-expired': 'Der Schlüssel dieser Verbindung ist abgelaufen; lassen Sie den Agenten neu verbinden.',
  'proof-malformed': 'Der Identitätsnachweis konnte nicht gelesen werden; aktualisieren Sie den Agenten.',
  'proof-signature-wrong':
    'Der Identitätsnachweis ist nicht mit der gezeigten Karte signiert; melden Sie sich noch einmal an.',
  'too-many-requests': 'Der Agent fragte zu oft; warten Sie eine Minute und lassen Sie ihn noch einmal prüfen.',
  'device-waiting':
    'Über diesen Computer hat noch niemand entschieden; nennen Sie dem Helpdesk seinen Code und fragen Sie später noch einmal.',
  'acceptance-outdated':
    'Dieser Text wurde inzwischen geändert oder wird nicht mehr verlangt; lesen Sie den jetzigen Text und nehmen Sie ihn an.',
  'identity-proof-missing':
    'Auf diesem Laptop hat sich in den letzten zehn Minuten niemand mit einem Personalausweis ausgewiesen; stecken Sie die Karte ein und versuchen Sie es erneut.',

  'report-missing': 'Über diesen Laptop ist noch nichts bekannt; starten Sie den Agenten und lassen Sie ihn prüfen.',
  'report-stale':
    'Der letzte Bericht über diesen Laptop ist zu alt; starten Sie den Agenten und lassen Sie ihn noch einmal prüfen.',
  'policy-gap':
    'Keine Zugangsregel gilt für diese Person und diesen Laptop; bitten Sie die Verwaltung, eine hinzuzufügen.',
  'policy-overlap':
    'Mehr als eine Zugangsregel gilt für diese Person und diesen Laptop; bitten Sie die Verwaltung zu sagen, welche zählt.',
  'segment-untold':
    'Dieses VPN kann diesen Laptop während der Reparatur nicht absondern; nutzen Sie ein anderes VPN oder fragen Sie die Verwaltung.',
  'requirement-failed':
    'Dieser Laptop erfüllt eine Anforderung noch nicht; der Agent zeigt, welche, und wie es sich beheben lässt.',
  'requirement-unknown':
    'Es ließ sich nicht feststellen, ob dieser Laptop eine Anforderung erfüllt; lassen Sie den Agenten noch einmal prüfen.',
  'device-stolen': 'Dieser Laptop ist als gestohlen gemeldet; rufen Sie den Helpdesk an.',
  'device-retired':
    'Dieser Laptop ist als außer Dienst gemeldet; bitten Sie den Helpdesk, ihn wieder in Dienst zu nehmen.',
  'device-unregistered': 'Dieser Laptop ist noch nicht registriert; bitten Sie den Helpdesk, ihn zu registrieren.',
  'binding-too-weak':
    'Die Verbindung muss fester an diesen Laptop gebunden sein; verbinden Sie sich aus dem Agenten auf dem Laptop selbst.',
  'unadmitted-session':
    'Der Konzentrator meldet eine Verbindung, die dieses Gateway nie zugelassen hat; beenden Sie sie dort und klären Sie, wer sie zuließ.',
  'session-limit-reached': 'Die Verbindung hat so lange gedauert, wie sie darf; verbinden Sie sich neu.',

  'token-wrong':
    'Das Token fehlt oder stimmt nicht; senden Sie das Token dieses Gateways als „Authorization: Bearer …“ mit.',
  'request-malformed': 'Die Anfrage ist falsch gestellt; prüfen Sie Namen und Werte.',
  'record-unknown': 'Es gibt keine Entscheidung mit dieser Nummer oder diesem Fallcode; prüfen Sie den Code.',
  'address-unknown': 'Unter dieser Adresse gibt es nichts; prüfen Sie die Adresse.',
  'right-missing':
    'Dieser Operator darf das nicht tun; bitten Sie, wer die Konfiguration des Gateways pflegt, um das Recht dazu.',
  'reason-missing': 'Es ist kein Grund angegeben; sagen Sie in mindestens zehn Zeichen, warum.',
  'act-not-configured': 'Dieses Gateway ist dafür nicht eingerichtet; prüfen Sie die Konfiguration.',
  'session-ended': 'Diese Sitzung ist schon beendet; es ist nichts mehr zu tun.',
  'person-unknown': 'Das Verzeichnis kennt niemanden mit diesem Pseudonym; prüfen Sie das Pseudonym.',
  'nas-unknown': 'Es gibt keinen Konzentrator dieses Namens; prüfen Sie den Namen.',
  'trace-unknown': 'Diese Aufzeichnung ist vorbei oder gehört einem anderen Operator; beginnen Sie eine neue.',
  'nothing-waits': 'Keine Änderung von Regeln wartet auf einen Operator; sehen Sie sich den Stand der Richtlinie an.',
  'no-earlier-policy': 'Vor dieser Richtlinie ist hier keine andere bekannt; geben Sie eine frühere Fassung neu frei.',
  'replay-unknown':
    'Dieser Probelauf ist unbekannt, länger als eine Stunde her oder noch nicht fertig; beginnen Sie einen neuen.',
  'device-unknown':
    'Ein Gerät mit diesem Schlüssel wurde hier nie gesehen; prüfen Sie den Schlüssel in der Liste der wartenden.',
  'second-factor-active':
    'Diese Person benutzt bereits einen zweiten Faktor; sagen Sie ausdrücklich, dass ein neuer ihn ersetzen soll.',

  'try-again':
    'Das Gateway kann gerade nicht antworten und hat nichts entschieden; versuchen Sie es in einigen Minuten noch einmal.',
  'login-rate':
    'Der VPN-Client hat sich in einer Minute viele Male angemeldet; schließen Sie ihn und versuchen Sie es in einer Minute noch einmal.',
  'store-unavailable':
    'Das Gateway erreicht seinen Speicher gerade nicht; versuchen Sie es in einigen Minuten noch einmal.',
  'directory-unavailable':
    'Das Gateway erreicht das Verzeichnis gerade nicht; versuchen Sie es in einigen Minuten noch einmal.',
  overloaded: 'Das Gateway ist gerade sehr beschäftigt; versuchen Sie es in einer Minute noch einmal.',
  'not-ready': 'Das Gateway startet noch; versuchen Sie es in einer Minute noch einmal.',
  'version-conflict': 'Dieselbe Sitzung wurde im selben Augenblick anderswo geändert; versuchen Sie es noch einmal.',
  'reply-too-large':
    'Die Antwort passt nicht in ein RADIUS-Paket; lassen Sie die Verwaltung kürzen, was die Regel mitsendet.',
} as const satisfies Record<Reason, string>;
