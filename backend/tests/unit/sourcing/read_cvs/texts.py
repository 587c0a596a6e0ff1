"""CVs in plain text and Markdown, as people type, export and paste them."""

# ruff: noqa: RUF001, E501 - typography and long lines as they come

from tests.unit.sourcing.read_cvs.sample import Sample, Says

ELECTRICIAN = """\
                         GARETH PENHALLOW
              14 Harbour Row, Penzance TR18 4AA
       Tel: 01736 555 010   Email: gareth@example.org
       Date of birth: 12/03/1984      Nationality: British

PERSONAL STATEMENT
------------------
Time-served electrician with fifteen years on site, from rewires of cottages
to three-phase installations in a fish-processing plant.

EMPLOYMENT
----------
Jan 2017 - Present      Electrical Supervisor
                        Tolvean Contractors Ltd, Truro
  * Supervise four electricians and two apprentices
  * Inspection and testing to BS 7671

Mar 2011 - Dec 2016     Electrician
                        Marazion Electrical
  * Domestic and commercial wiring, fault finding

QUALIFICATIONS
--------------
NVQ Level 3 Electrotechnical Services, Cornwall College, 2011

CERTIFICATES
------------
ECS Gold Card
City & Guilds 2391 Inspection and Testing (2016)
18th Edition Wiring Regulations, 2019

LANGUAGES
English - mother tongue; Cornish - basic
"""

ACCOUNTANT = """\
STAFF ACCOUNTANT
Summary
Detail-oriented accountant with 9+ years of experience in month-end close and reconciliations.
Highlights
Account reconciliation
General ledger
QuickBooks
SAP
Experience
Staff Accountant
Jan 2015 to Current
Company Name - City, State
Prepared month-end close entries and reconciled forty bank accounts.
Trained three clerks in QuickBooks.
Accounts Payable Clerk
06/2012 to 12/2014
Company Name - City, State
Processed invoices in SAP.
Education
Bachelor of Science : Accounting , 2012
Lindenwood State University - City, State
Skills
Excel, SAP, QuickBooks, budgeting, auditing
"""

NURSE_IN_ONE_LINE = (
    "         REGISTERED NURSE       Summary     Compassionate nurse with seven years in intensive care and telemetry."
    "       Experience      Registered Nurse     March 2019   to   Current     Saint Olwen Medical Center     City  ,  State"
    "      Care for ventilated patients; wound care and medication administration.   Precepted six new graduates."
    "      Staff Nurse     August 2015   to   February 2019     Lakeside Hospital     City  ,   State"
    "      Patient assessment and triage on a thirty-bed ward.       Education      Bachelor of Science  :  Nursing"
    "   May 2015     University of Example     City  ,   State       Certifications      ACLS     BLS       Skills"
    "      Wound care, triage, patient education, EHR       Languages      English (native), Spanish (conversational)   "
)

CHEF = """\
# Amadou Keita

**Head Chef** | Lyon | [amadou@example.org](mailto:amadou@example.org) | +33 555 0144

## About me

I cook what grows nearby. Twelve years in kitchens, six of them running one.

## Work History

| When | Where | What |
|------|-------|------|
| 2020 – today | Le Petit Moulin | Head Chef |
| 2016 – 2020 | Brasserie Volant | Sous Chef |
| 2014 – 2016 | Hotel Aurore | Commis Chef |

## Education & Training

- **CAP Cuisine**, Lycée Paul Augier, 2014

## Certifications

- [HACCP Level 3](https://example.org/haccp) (2018)
- Allergen awareness, 2021

## Languages

- French: native
- English: B2
- Bambara: fluent

## Skills

Menu planning · food safety · cost control · team leadership
"""

TEACHER = """\
LEBENSLAUF

Persönliche Daten
Name:            Annegret Söhnlein
Geburtsdatum:    04.07.1981
Anschrift:       Lindenstraße 5, 99423 Weimar
Familienstand:   verheiratet, zwei Kinder
E-Mail:          annegret@example.org

Beruflicher Werdegang
08/2014 – heute       Studienrätin für Mathematik und Physik,
                      Goethegymnasium Weimar
                      - Leitung der Fachschaft, Einführung digitaler Tafeln
02/2012 – 07/2014     Referendarin, Staatliches Studienseminar Erfurt
WS 2009/10 – SS 2011  Studentische Hilfskraft, Universität Jena

Ausbildung
10/2005 – 09/2011     Lehramt Mathematik/Physik (Staatsexamen), Friedrich-Schiller-Universität Jena
1992 – 2000           Abitur, Humboldt-Gymnasium Weimar

Sprachkenntnisse
Deutsch      Muttersprache
Englisch     gute Kenntnisse in Wort und Schrift
Russisch     Grundkenntnisse

EDV-Kenntnisse
MS Office, GeoGebra, Moodle
"""

LAWYER = """\
Éloïse Vannier
Avocate en droit des affaires

Profil
Avocate au barreau de Nantes, spécialisée en droit des sociétés et en fusions.

Expérience professionnelle
Depuis septembre 2019 : Avocate collaboratrice, Cabinet Morvan & Associés, Nantes
• Négociation de contrats, due diligence
De janvier 2016 à août 2019 : Juriste d'entreprise, Groupe Atlanval, Rennes
• Droit du travail, conformité RGPD
juil. 2015 – déc. 2015 : Stagiaire, Tribunal de commerce de Nantes

Formation
2013 – 2015  Master 2 Droit des affaires, Université de Nantes
2015  CAPA, École des avocats du Grand Ouest

Langues
Français (langue maternelle), anglais (courant), espagnol : niveau intermédiaire
Centres d'intérêt
Voile, chant choral
"""

SALESWOMAN = """\
LUCÍA FERRADÁS
Jefa de ventas

PERFIL
Diez años en ventas de maquinaria agrícola.

EXPERIENCIA LABORAL
Jefa de ventas, Agromaq S.L., Lugo
Marzo de 2020 – Actualidad
- Gestión de un equipo de ocho comerciales
Comercial, Tractores del Miño
Junio de 2016 – febrero de 2020
- Captación de clientes

FORMACIÓN
Grado en Administración de Empresas, Universidad de Vigo, 2012 – 2016

IDIOMAS
Español: nativo
Inglés: avanzado
Portugués: intermedio
"""

WAREHOUSE = """\
Bogdan Mireşan
Warehouse and Logistics Coordinator

Work experience

Since 2020: Logistics Coordinator at Fernhill Distribution
 - transport planning for forty lorries a day
 - stock control in SAP
Q3 2017 - Q4 2019: Shift Leader at Packwell
 - order picking, forklift
Summer 2016: Warehouse Assistant at Packwell

Education
2012-2016 High school diploma, Colegiul Traian, Craiova

Licences and certificates
Forklift licence (class 1), 2017
ADR certificate - dangerous goods - valid until 2028

Languages
Romanian native, English upper intermediate, Hungarian beginner
"""

WELDER = """\
Joe Bracken, welder and pipe fitter, Hull

I have welded pipe for over 20 years, offshore and on land. MIG, TIG and stick welding,
coded to EN ISO 9606. I read isometric drawings and I do my own fit-up.

2018 - now Pipe Welder, Humber Fabrications
2009 - 2018 Welder, Dogger Offshore
2004 - 2009 Apprentice, then Fabricator, Alexandra Dock Yard
"""

FREELANCER = """\
# Sanne Hoekstra — Freelance Full-Stack Developer

*Rate*: 85 EUR/h · *Availability*: immediately

## Projects

### 05/2023 – present: E-commerce re-platforming
**Role:** Lead Developer
**Client:** Windroos Retail
**Stack:** TypeScript, React, Node.js, PostgreSQL, AWS

### 02/2021 – 04/2023: Patient portal
**Role:** Backend Developer
**Client:** Zorgplein
**Stack:** Python, Django, PostgreSQL, Docker

### 06/2020 – 03/2021: Booking engine
**Role:** Backend Developer
**Client:** Veerdienst Texel
**Stack:** Python, FastAPI

## Certifications
* AWS Certified Solutions Architect – Associate (2022)

## Languages
Dutch ★★★★★ | English ★★★★☆ | German ★★☆☆☆
"""

TEXTS = [
    Sample(
        "electrician.txt",
        ELECTRICIAN.replace("\n", "\r\n").encode("cp1252"),
        Says(
            years=15.7,
            positions=(
                "Electrical Supervisor | Tolvean Contractors Ltd | 2017-01 | now",
                "Electrician | Marazion Electrical | 2011-03 | 2016-12",
            ),
            languages={"English": "native", "Cornish": "basic"},
            education=("NVQ Level 3 Electrotechnical Services | Cornwall College | 2011",),
            certificates=(
                "ECS Gold Card",
                "City & Guilds 2391 Inspection and Testing",
                "18th Edition Wiring Regulations",
            ),
            summary="Time-served electrician",
            never=("Penhallow", "PENHALLOW", "Harbour Row", "01736", "1984", "British", "gareth@"),
        ),
    ),
    Sample(
        "accountant.txt",
        ACCOUNTANT.encode(),
        Says(
            years=14.4,
            positions=(
                "Staff Accountant | Company Name | 2015-01 | now",
                "Accounts Payable Clerk | Company Name | 2012-06 | 2014-12",
            ),
            education=("Bachelor of Science | Lindenwood State University | 2012",),
            skills={"SAP": 2.6},
            headline="STAFF ACCOUNTANT",
            summary="Detail-oriented accountant",
        ),
    ),
    Sample(
        "nurse.txt",
        NURSE_IN_ONE_LINE.encode(),
        Says(
            years=11.2,
            positions=(
                "Registered Nurse | Saint Olwen Medical Center | 2019-03 | now",
                "Staff Nurse | Lakeside Hospital | 2015-08 | 2019-02",
            ),
            languages={"English": "native", "Spanish": "intermediate"},
            education=("Bachelor of Science | University of Example | 2015-05",),
            certificates=("ACLS", "BLS"),
            skills={"wound care": 7.7},
            headline="REGISTERED NURSE",
            summary="Compassionate nurse",
        ),
    ),
    Sample(
        "chef.md",
        CHEF.encode(),
        Says(
            years=12.8,
            positions=(
                "Head Chef | Le Petit Moulin | 2020 | now",
                "Sous Chef | Brasserie Volant | 2016 | 2020",
                "Commis Chef | Hotel Aurore | 2014 | 2016",
            ),
            languages={"French": "native", "English": "B2", "Bambara": "fluent"},
            education=("CAP Cuisine | Lycée Paul Augier | 2014",),
            certificates=("HACCP Level 3", "Allergen awareness"),
            headline="Head Chef",
            summary="I cook what grows nearby.",
            never=("Keita", "amadou@", "555 0144"),
        ),
    ),
    Sample(
        "teacher.txt",
        TEACHER.encode("utf-16"),
        Says(
            years=16.8,
            positions=(
                "Studienrätin für Mathematik und Physik | Goethegymnasium Weimar | 2014-08 | now",
                "Referendarin | Staatliches Studienseminar Erfurt | 2012-02 | 2014-07",
                "Studentische Hilfskraft | Universität Jena | 2009-10 | 2011-09",
            ),
            languages={"German": "native", "English": "professional", "Russian": "basic"},
            education=(
                "Lehramt Mathematik/Physik | Friedrich-Schiller-Universität Jena | 2011-09",
                "Abitur | Humboldt-Gymnasium Weimar | 2000",
            ),
            never=("Söhnlein", "1981", "Lindenstraße", "verheiratet", "annegret@"),
        ),
    ),
    Sample(
        "lawyer.txt",
        LAWYER.replace("\u2022", "\u00b7").replace("\u2013", "-").encode("latin-1"),
        Says(
            years=11.3,
            positions=(
                "Avocate collaboratrice | Cabinet Morvan & Associés | 2019-09 | now",
                "Juriste d'entreprise | Groupe Atlanval | 2016-01 | 2019-08",
                "Stagiaire | Tribunal de commerce de Nantes | 2015-07 | 2015-12",
            ),
            languages={"French": "native", "English": "fluent", "Spanish": "intermediate"},
            education=(
                "Master 2 Droit des affaires | Université de Nantes | 2015",
                "CAPA | École des avocats du Grand Ouest | 2015",
            ),
            headline="Avocate en droit des affaires",
            summary="Avocate au barreau",
        ),
    ),
    Sample(
        "saleswoman.txt",
        SALESWOMAN.encode(),
        Says(
            years=10.4,
            positions=(
                "Jefa de ventas | Agromaq S.L. | 2020-03 | now",
                "Comercial | Tractores del Miño | 2016-06 | 2020-02",
            ),
            languages={"Spanish": "native", "English": "professional", "Portuguese": "intermediate"},
            education=("Grado en Administración de Empresas | Universidad de Vigo | 2016",),
            summary="Diez años en ventas",
        ),
    ),
    Sample(
        "warehouse.txt",
        WAREHOUSE.encode("utf-16-le"),
        Says(
            years=9.6,
            positions=(
                "Logistics Coordinator | Fernhill Distribution | 2020 | now",
                "Shift Leader | Packwell | 2017-07 | 2019-12",
                "Warehouse Assistant | Packwell | 2016-06 | 2016-08",
            ),
            languages={"Romanian": "native", "English": "intermediate", "Hungarian": "basic"},
            education=("High school diploma | Colegiul Traian | 2016",),
            certificates=("Forklift licence (class 1)", "ADR certificate"),
            headline="Warehouse and Logistics Coordinator",
        ),
    ),
    Sample(
        "welder.txt",
        WELDER.encode(),
        Says(
            years=22.8,
            positions=(
                "Pipe Welder | Humber Fabrications | 2018 | now",
                "Welder | Dogger Offshore | 2009 | 2018",
                "Apprentice | Alexandra Dock Yard | 2004 | 2009",
            ),
            never=("Bracken",),
        ),
    ),
    Sample(
        "freelancer.md",
        FREELANCER.encode("utf-8-sig"),
        Says(
            years=6.4,
            positions=(
                "Lead Developer | Windroos Retail | 2023-05 | now",
                "Backend Developer | Zorgplein | 2021-02 | 2023-04",
                "Backend Developer | Veerdienst Texel | 2020-06 | 2021-03",
            ),
            languages={"Dutch": "fluent", "English": "professional", "German": "basic"},
            certificates=("AWS Certified Solutions Architect – Associate",),
            skills={"Python": 2.9, "PostgreSQL": 5.8, "React": 3.6},
            headline="Freelance Full-Stack Developer",
        ),
    ),
]
