"""CVs in other languages than English, and from countries with habits of their own."""

# ruff: noqa: RUF001 - typography and long lines as they come

from tests.unit.sourcing.read_cvs.sample import Sample, Says

MAINTENANCE_FITTER = """\
Lebenslauf

Jörg Dammermann
Industriestr. 14, 70565 Stuttgart

Berufserfahrung

03/2018 – heute
Leiter Instandhaltung
Kesselbau Reutter GmbH, Stuttgart
- Führung von 12 Mitarbeitern
- Einführung von SAP PM und TPM
- Planung der vorbeugenden Wartung

10/2012 – 02/2018
Instandhaltungsmechaniker
Papierfabrik Hohenlohe, Künzelsau
- Wartung von Hydraulik und Pneumatik
- SPS-Programmierung mit Siemens S7

Berufsausbildung

09/2009 – 07/2012
Ausbildung zum Industriemechaniker
Berufliche Schule Künzelsau

Weiterbildung
2015  Staatlich geprüfter Techniker (Abendschule)

Sprachen
English C1 / Deutsch (Muttersprache) / Türkisch Grundkenntnisse

EDV
MS Office, SAP, AutoCAD
"""

SITE_MANAGER = """\
Oliver Brandt
Projektleiter Bau

Berufliche Stationen
seit 07/2022  Projektleiter, Hochbau Nord AG, Kiel
1.4.2019 – 30.6.2022  Bauleiter, Tiefbau Förde GmbH, Flensburg
2017/10 - 2019/03  Jungbauleiter bei Wallraf KG
Juli 2016 bis Sept. 2017: Elternzeit
WS 2011/12 - SS 2016  Studium Bauingenieurwesen (B.Eng.), FH Lübeck

Kenntnisse
MS Project, iTWO, AVA, VOB, BIM

Sprachen
Deutsch (Muttersprache), Englisch (B2), Dänisch (Grundkenntnisse)

Führerschein
Klasse B, BE
"""

SAP_CONSULTANT = """\
Profil: Freiberuflicher SAP-Berater

Name: Uwe Hinrichsen
Jahrgang: 1974

Schwerpunkte
SAP FI/CO, S/4HANA-Migration, Projektleitung

Projekthistorie

01/2023 – 06/2024   Teilprojektleiter S/4HANA-Migration
Kunde: Energieversorger, Hamburg
Tätigkeiten: Fit-Gap-Analyse, Datenmigration, Testmanagement
Technologien: SAP S/4HANA, SAP Fiori, ABAP

05/2021 – 12/2022   SAP-Berater FI/CO
Kunde: Automobilzulieferer, Wolfsburg
Tätigkeiten: Customizing, Anwenderschulung
Technologien: SAP ERP, ABAP

02/2019 – 04/2021   Entwickler ABAP
Kunde: Bundesbehörde, Berlin
Technologien: ABAP, SQL

Ausbildung
1995 – 2000  Diplom-Wirtschaftsinformatiker, TU Braunschweig

Sprachen
Deutsch: Muttersprache
Englisch: verhandlungssicher
"""

STUDENT = """\
Lebenslauf
Aylin Demir
geboren am 3. Mai 2001 in Köln

Studium
Seit 10/2021    B.A. Kommunikationswissenschaft, Universität Münster
Schule
2012 – 2020    Abitur (Note 1,8), Gymnasium Kreuzgasse, Köln
Praktika und Nebenjobs
03/2024 – 08/2024    Praktikantin Social Media, Agentur Blauwal, Köln
seit 04/2022    Studentische Aushilfe, Buchhandlung Poth
Auslandsaufenthalte
09/2020 – 06/2021    Au-pair in Lyon
Kenntnisse
Canva, Adobe InDesign, WordPress
Sprachen
Deutsch und Türkisch (Muttersprache), Englisch (C1), Französisch (B2)
Ehrenamt
Seit 2019 Trainerin, TV Köln-Süd
"""

QUANTITY_SURVEYOR = """\
Marta Echeverría Sáenz
Arquitecta técnica

EXPERIENCIA PROFESIONAL

Jefa de obra – Construcciones Urgull, S.A. (San Sebastián)
Desde enero de 2019 hasta la actualidad
• Dirección de obra de 120 viviendas
• Control de costes con Presto

Ayudante de jefe de obra – Obrascón Norte (Bilbao)
Sept. 2015 – dic. 2018
• Mediciones y planos en AutoCAD

ESTUDIOS
Grado en Arquitectura Técnica. Universidad del País Vasco. 2011–2015

IDIOMAS
Castellano y euskera: nativos. Inglés: B2 (First). Francés: A2.

INFORMÁTICA
AutoCAD, Revit, Presto, Microsoft Project

OTROS DATOS
Carné de conducir B. Disponibilidad para viajar.
"""

WEB_DEVELOPER = """\
Federico Bellini
Sviluppatore web

PROFILO
Sviluppatore con 6 anni di esperienza in PHP e Laravel.

ESPERIENZE LAVORATIVE
gen 2022 – in corso: Sviluppatore senior presso Tramonto Srl, Bologna
Laravel, Vue.js, MySQL
set 2019 – dic 2021: Sviluppatore junior presso Webfarm Italia, Modena
WordPress, PHP

FORMAZIONE
Laurea triennale in Informatica, Università di Bologna, 2019

LINGUE
Italiano: madrelingua. Inglese: buono. Tedesco: scolastico
"""

RIGHT_TO_LEFT = """\
السيرة الذاتية
ليلى حداد
مهندسة برمجيات

الخبرة
2019 - حتى الآن: مهندسة برمجيات، شركة النور، عمّان
Python, Django, PostgreSQL
2015 - 2019: مبرمجة، شركة الأمل
Java, Spring

اللغات
العربية (اللغة الأم)، الإنجليزية (C1)
"""

HIGHWAY_ENGINEER = """\
RESUME
Sandeep Kulkarni
Sr. Civil Engineer                          Mob: +91-9876543210
                                            Email: sandeep.k@example.in
Total Experience: 11+ Years

Career Objective
Seeking a challenging role in infrastructure.

Professional Experience

Organization : Deccan Infra Projects Pvt. Ltd., Pune
Designation  : Sr. Engineer (Highways)
Period       : Aug'2018 to Till Date
Job Profile  :
> Execution of 4-lane highway, quantity estimation, billing
> Quality control of concrete and bituminous works

Organization : Sahyadri Constructions
Designation  : Site Engineer
Period       : June'2014 to July'2018
Job Profile  :
> Supervision of RCC works; AutoCAD drawings

Educational Qualification
Examination   Board/University   Year   Percentage
B.E. (Civil)  Pune University    2014   68.5%
H.S.C.        Maharashtra Board  2010   74%

Software Skills: AutoCAD, MS Project, STAAD Pro, MS Excel

Personal Profile
Date of Birth   : 12th May 1992
Father's Name   : Vijay Kulkarni
Languages Known : English, Hindi & Marathi
Nationality     : Indian
"""

COUNTRIES = [
    Sample(
        "maintenance_fitter.txt",
        MAINTENANCE_FITTER.encode(),
        Says(
            years=14.1,
            positions=(
                "Leiter Instandhaltung | Kesselbau Reutter GmbH | 2018-03 | now",
                "Instandhaltungsmechaniker | Papierfabrik Hohenlohe | 2012-10 | 2018-02",
            ),
            languages={"English": "C1", "German": "native", "Turkish": "basic"},
            education=("Ausbildung zum Industriemechaniker | Berufliche Schule Künzelsau | 2012-07",),
            skills={"SAP": 8.8, "AutoCAD": None},
            never=(
                "Dammermann",
                "Industriestr",
            ),
        ),
    ),
    Sample(
        "site_manager.txt",
        SITE_MANAGER.encode(),
        Says(
            years=9.1,
            positions=(
                "Projektleiter | Hochbau Nord AG | 2022-07 | now",
                "Bauleiter | Tiefbau Förde GmbH | 2019-04 | 2022-06",
                "Jungbauleiter | Wallraf KG | 2017-10 | 2019-03",
            ),
            languages={"German": "native", "English": "B2", "Danish": "basic"},
            education=("Studium Bauingenieurwesen (B.Eng.) | FH Lübeck | 2016-09",),
            skills={"Microsoft Project": None},
            headline="Projektleiter Bau",
        ),
    ),
    Sample(
        "sap_consultant.txt",
        SAP_CONSULTANT.encode(),
        Says(
            years=5.4,
            positions=(
                "Teilprojektleiter S/4HANA-Migration | Energieversorger | 2023-01 | 2024-06",
                "SAP-Berater FI/CO | Automobilzulieferer | 2021-05 | 2022-12",
                "Entwickler ABAP | Bundesbehörde | 2019-02 | 2021-04",
            ),
            languages={"German": "native", "English": "fluent"},
            education=("Diplom-Wirtschaftsinformatiker | TU Braunschweig | 2000",),
            skills={"ABAP": 5.4, "SQL": 2.2},
            never=(
                "Hinrichsen",
                "1974",
            ),
        ),
    ),
    Sample(
        "student.txt",
        STUDENT.encode(),
        Says(
            years=4.6,
            positions=(
                "Praktikantin Social Media | Agentur Blauwal | 2024-03 | 2024-08",
                "Studentische Aushilfe | Buchhandlung Poth | 2022-04 | now",
            ),
            languages={"German": "native", "Turkish": "native", "English": "C1", "French": "B2"},
            education=(
                "B.A. Kommunikationswissenschaft | Universität Münster | ",
                "Abitur | Gymnasium Kreuzgasse | 2020",
            ),
            skills={"Adobe InDesign": None, "WordPress": None},
            never=(
                "Demir",
                "2001",
                "Köln in",
            ),
        ),
    ),
    Sample(
        "quantity_surveyor.txt",
        QUANTITY_SURVEYOR.encode(),
        Says(
            years=11.2,
            positions=(
                "Jefa de obra | Construcciones Urgull, S.A. | 2019-01 | now",
                "Ayudante de jefe de obra | Obrascón Norte | 2015-09 | 2018-12",
            ),
            languages={"Spanish": "native", "Basque": "native", "English": "B2", "French": "A2"},
            education=("Grado en Arquitectura Técnica | Universidad del País Vasco | 2015",),
            skills={"AutoCAD": 3.3, "Revit": None},
            never=("Echeverría",),
        ),
    ),
    Sample(
        "web_developer.txt",
        WEB_DEVELOPER.encode(),
        Says(
            years=7.2,
            positions=(
                "Sviluppatore senior | Tramonto Srl | 2022-01 | now",
                "Sviluppatore junior | Webfarm Italia | 2019-09 | 2021-12",
            ),
            languages={"Italian": "native", "English": "professional", "German": "basic"},
            education=("Laurea triennale in Informatica | Università di Bologna | 2019",),
            skills={"PHP": 6.0, "Laravel": 4.9, "WordPress": 2.3},
            headline="Sviluppatore web",
        ),
    ),
    Sample(
        "right_to_left.txt",
        RIGHT_TO_LEFT.encode(),
        Says(
            years=11.9,
            positions=(
                "مهندسة برمجيات | شركة النور | 2019 | now",
                "مبرمجة | شركة الأمل | 2015 | 2019",
            ),
            skills={"Python": 7.9, "Java": 4.0},
        ),
    ),
    Sample(
        "highway_engineer.txt",
        HIGHWAY_ENGINEER.encode(),
        Says(
            years=12.4,
            positions=(
                "Sr. Engineer (Highways) | Deccan Infra Projects Pvt. Ltd. | 2018-08 | now",
                "Site Engineer | Sahyadri Constructions | 2014-06 | 2018-07",
            ),
            languages={"English": None, "Hindi": None, "Marathi": None},
            education=(
                "B.E. (Civil) | Pune University | 2014",
                "H.S.C | Maharashtra Board | 2010",
            ),
            skills={"AutoCAD": 4.2, "Microsoft Project": None},
            headline="Sr. Civil Engineer",
            never=(
                "Sandeep",
                "Kulkarni",
                "9876543210",
                "1992",
            ),
        ),
    ),
]
