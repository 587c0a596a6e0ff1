"""CVs from elsewhere: other countries' habits, other orders, prose, and text that runs from right to left."""

# ruff: noqa: RUF001, E501 - typography and long lines as they come

from tests.unit.sourcing.read_cvs.sample import Sample, Says

GRADUATE = """\
CURRICULUM VITAE

ANIRUDH KESARI
Email: anirudh@example.org
Mobile: +91 55501 23456

CAREER OBJECTIVE:
To work as a mechanical engineer in a challenging position where I can grow with the organization.

ACADEMIC QUALIFICATION:
Degree            Institution                        Year    Percentage
B.Tech (Mech)     Deccan Institute of Technology     2019    78%
12th (CBSE)       Sainik Public School               2015    84%

WORK EXPERIENCE:
1) Company: Sahyadri Auto Components Pvt Ltd
   Designation: Production Engineer
   Duration: July 2019 – till date
   Responsibilities:
   • Line balancing, 5S, Kaizen
   • Root cause analysis of rejections

TECHNICAL SKILLS:
SolidWorks, AutoCAD, MS Excel

LANGUAGES KNOWN: English, Hindi, Marathi

PERSONAL DETAILS:
Father's Name : Mahesh Kesari
Date of Birth : 14-08-1997
Gender : Male
Marital Status : Single
Nationality : Indian

DECLARATION:
I hereby declare that the above information is true.
"""

PROJECT_MANAGER = """\
Wendeline van der Meer
Projectmanager infrastructuur
Utrecht | 06 5550 1234 | wendeline@example.org

PROFIEL
Projectmanager met vijftien jaar ervaring in spoor en tunnels.

WERKERVARING
2017 – heden        Projectmanager, Spoorbouw Midden, Utrecht
                    • Vervanging van wissels, budget van 40 miljoen
mei 2011 – dec 2016 Assistent-projectleider, Tunnelwerken Zuid
                    • Planning en risicobeheer

OPLEIDING
2006 – 2010         Bachelor Civiele Techniek, Hogeschool Utrecht

CERTIFICATEN
IPMA C (2018)
VCA VOL

TALEN
Nederlands: moedertaal, Engels: vloeiend, Duits: goed
"""

PHARMACIST = """\
PROFESSIONAL SUMMARY

Clinical pharmacist with eight years in hospital and commu­
nity pharmacy. Known for patient-
centred counselling and for quiet ﬁgures: zero dispens-
ing errors in 2022.

CAREER HISTORY

Mercy General Hospital — Sacramento, CA
Clinical Pharmacist (Full-time), 08/2020 to Current
❖ Anticoagulation clinic, medication therapy management
❖ Trained residents. From 2021 to 2022 I was acting chief.

Corner Drug — Davis, CA
Staff Pharmacist (Part-time), 07/2018 to 07/2020
❖ Immunisations and counselling

EDUCATION

Doctor of Pharmacy (PharmD), 2018
University of the Pacific, Stockton, CA

LICENSES

California Pharmacist License, #RPH 55501, exp. 2027
BCPS – Board Certified Pharmacotherapy Specialist (2021)
Page 1 of 1
"""

COMMUNITY_MANAGER = """\
HELGA RAUMANN | SOCIAL MEDIA & COMMUNITY MANAGER

>> EXPERIENCE

COMMUNITY MANAGER @ KLANGWERK RECORDS
(Nov '21 - now)
~ grew three channels to 200k
~ Tools: Hootsuite, Canva

SOCIAL MEDIA INTERN @ RADIO NORDLICHT
(Apr '21 - Oct '21)
~ wrote and cut clips

>> EDUCATION
B.A. Media Studies, Universität Siegen, Oct '17 - Mar '21

>> LANGUAGES
German C2 / English C1 / Dutch A2
"""

ACCOUNTANT = """\
ليلى حداد
محاسبة

الخبرة
01/2019 - 12/2022 محاسبة، شركة النور
2016 - 2018 مساعدة محاسب، مصرف الشرق

Languages
Arabic: native
English: B2
"""

SCRUM_MASTER = """\
Dear reader, I am a scrum master and before that I was a tester.

Experience:

Scrum Master
Acme Insurance Inc.
Hartford, CT
June 2021 – Present

Facilitated ceremonies for three teams. Coached product owners.

QA Tester
Beacon Software
Remote
January 2018 – May 2021

Wrote 400 test cases in TestRail; automation with Selenium and Python.

QA Tester
Lighthouse Apps
New Haven, CT
March 2016 – June 2018

Manual testing on Android.

Education:

Southern Connecticut State University
B.S., Computer Science
2012 – 2016

Certifications:

Certified ScrumMaster (CSM), Scrum Alliance, 2021
ISTQB Foundation Level
"""

OTHERS = [
    Sample(
        "production-engineer.txt",
        GRADUATE.encode(),
        Says(
            years=7.4,
            positions=("Production Engineer | Sahyadri Auto Components Pvt Ltd | 2019-07 | now",),
            languages={"English": None, "Hindi": None, "Marathi": None},
            education=(
                "B.Tech (Mech) | Deccan Institute of Technology | 2019",
                "12th (CBSE) | Sainik Public School | 2015",
            ),
            summary="To work as a mechanical engineer",
            never=("KESARI", "Kesari", "1997", "Indian", "Male", "55501"),
        ),
    ),
    Sample(
        "project-manager.txt",
        PROJECT_MANAGER.encode(),
        Says(
            years=15.5,
            positions=(
                "Projectmanager | Spoorbouw Midden | 2017 | now",
                "Assistent-projectleider | Tunnelwerken Zuid | 2011-05 | 2016-12",
            ),
            languages={"Dutch": "native", "English": "fluent", "German": "professional"},
            education=("Bachelor Civiele Techniek | Hogeschool Utrecht | 2010",),
            certificates=("IPMA C", "VCA VOL"),
            headline="Projectmanager infrastructuur",
            never=("Wendeline", "5550"),
        ),
    ),
    Sample(
        "pharmacist.txt",
        PHARMACIST.encode(),
        Says(
            years=8.3,
            positions=(
                "Clinical Pharmacist | Mercy General Hospital | 2020-08 | now",
                "Staff Pharmacist | Corner Drug | 2018-07 | 2020-07",
            ),
            education=("Doctor of Pharmacy (PharmD) | University of the Pacific | 2018",),
            certificates=("California Pharmacist License", "BCPS"),
            summary="hospital and community pharmacy. Known for patient-centred counselling and for quiet figures: zero dispensing errors",
        ),
    ),
    Sample(
        "community-manager.txt",
        COMMUNITY_MANAGER.encode("cp1252"),
        Says(
            years=5.6,
            positions=(
                "COMMUNITY MANAGER | KLANGWERK RECORDS | 2021-11 | now",
                "SOCIAL MEDIA INTERN | RADIO NORDLICHT | 2021-04 | 2021-10",
            ),
            languages={"German": "C2", "English": "C1", "Dutch": "A2"},
            education=("B.A. Media Studies | Universität Siegen | 2021-03",),
            headline="SOCIAL MEDIA & COMMUNITY MANAGER",
            never=("RAUMANN",),
        ),
    ),
    Sample(
        "accountant-arabic.txt",
        ACCOUNTANT.encode(),
        Says(
            years=6.0,
            positions=("محاسبة | شركة النور | 2019-01 | 2022-12", "مساعدة محاسب | مصرف الشرق | 2016 | 2018"),
            languages={"Arabic": "native", "English": "B2"},
        ),
    ),
    Sample(
        "scrum-master.txt",
        SCRUM_MASTER.encode(),
        Says(
            years=10.7,
            positions=(
                "Scrum Master | Acme Insurance Inc. | 2021-06 | now",
                "QA Tester | Beacon Software | 2018-01 | 2021-05",
                "QA Tester | Lighthouse Apps | 2016-03 | 2018-06",
            ),
            education=("B.S, Computer Science | Southern Connecticut State University | 2016",),
            certificates=("Certified ScrumMaster (CSM)", "ISTQB Foundation Level"),
            skills={"Python": 3.4},
        ),
    ),
]
